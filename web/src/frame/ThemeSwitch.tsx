import { setTheme, type Theme, useTheme } from "../shared/theme";
import { t } from "../texts";

const NEXT: Record<Theme, Theme> = { system: "dark", dark: "light", light: "system" };
const SIGNS: Record<Theme, string> = { system: "◐", dark: "☾", light: "☀" };

export function ThemeSwitch() {
  const theme = useTheme();
  const told = t("theme.label", { theme: t(`theme.${theme}`) });
  return (
    <button
      type="button"
      className="icon"
      onClick={() => setTheme(NEXT[theme])}
      title={told}
      aria-label={told}
    >
      {SIGNS[theme]}
    </button>
  );
}
