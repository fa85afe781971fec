/** A page that breaks takes nothing else with it, and says so. */

import { Component, type ReactNode } from "react";
import { Fault } from "../shared/Told";
import { t } from "../texts";

export class Mishap extends Component<{ children: ReactNode }, { fault: unknown }> {
  override state = { fault: undefined as unknown };

  static getDerivedStateFromError(fault: unknown) {
    return { fault };
  }

  override render() {
    if (this.state.fault === undefined) return this.props.children;
    return (
      <>
        <Fault problem={this.state.fault} />
        <p>
          <button type="button" onClick={() => this.setState({ fault: undefined })}>
            {t("fault.retry")}
          </button>
        </p>
      </>
    );
  }
}
