import { t } from "../texts";

export default function Page() {
  return <h1>{t("nav.workflows")}</h1>;
}
