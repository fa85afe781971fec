/** Drawing with ECharts: only those parts of it that a timeline needs. Loaded when a timeline is shown. */

import { BarChart, CustomChart, LineChart } from "echarts/charts";
import { GridComponent, MarkLineComponent, TooltipComponent } from "echarts/components";
import { init, use } from "echarts/core";
import { CanvasRenderer } from "echarts/renderers";

use([BarChart, LineChart, CustomChart, GridComponent, MarkLineComponent, TooltipComponent, CanvasRenderer]);

export { init };
