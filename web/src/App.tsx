/** The frame around every page, and which page an address shows. */

import { type ComponentType, type ReactNode, useState } from "react";
import { Link, Redirect, Route, Switch, useLocation } from "wouter";
import { type Load, useAnswer } from "./api/answers";
import { loading } from "./api/code";
import { Help } from "./frame/Help";
import { Mishap } from "./frame/Mishap";
import { Standing } from "./frame/Standing";
import { ThemeSwitch } from "./frame/ThemeSwitch";
import Now from "./now";
import { useKeys } from "./shared/keys";
import { Await, Empty } from "./shared/Told";
import { t, useLanguage } from "./texts";

const LATER: Record<string, Load> = {
  trend: loading(() => import("./trend")),
  sources: loading(() => import("./sources")),
  workflows: loading(() => import("./workflows")),
  scorecard: loading(() => import("./scorecard")),
  settings: loading(() => import("./settings")),
};

const PLACES = [
  ["/", "nav.now", "1"],
  ["/sources", "nav.sources", "2"],
  ["/workflows", "nav.workflows", "3"],
  ["/scorecard", "nav.scorecard", "4"],
  ["/settings", "nav.settings", "5"],
] as const;

const PAGES: readonly (readonly [string, ReactNode])[] = [
  ["/", <Now key="now" />],
  ["/trends/:id", <Later key="trend" page="trend" />],
  ["/sources", <Later key="sources" page="sources" />],
  ["/sources/*", <Later key="source" page="sources" />],
  ["/workflows", <Later key="workflows" page="workflows" />],
  ["/workflows/:id", <Later key="workflow" page="workflows" />],
  ["/scorecard", <Later key="scorecard" page="scorecard" />],
  ["/settings", <Later key="settings" page="settings" />],
];

export function App() {
  useLanguage();
  const [helping, setHelping] = useState(false);
  const [, go] = useLocation();
  useKeys({
    "?": () => setHelping((was) => !was),
    ...Object.fromEntries(PLACES.map(([path, , key]) => [key, () => go(path)])),
  });
  return (
    <>
      <a className="skip" href="#main">
        {t("nav.skip")}
      </a>
      <header className="top">
        <Link href="/" className="brand" aria-label="Trend Agent">
          <img src="/static/icon.svg" alt="" width="24" height="24" />
          <span>Trend Agent</span>
        </Link>
        <Navigation />
        <Standing />
        <ThemeSwitch />
        <button
          type="button"
          className="icon"
          onClick={() => setHelping(true)}
          title={t("help.title")}
          aria-label={t("help.title")}
        >
          ?
        </button>
      </header>
      <main id="main" tabIndex={-1}>
        <Mishap>
          <Page />
        </Mishap>
      </main>
      <Help open={helping} close={() => setHelping(false)} />
    </>
  );
}

function Navigation() {
  const [place] = useLocation();
  return (
    <nav className="places" aria-label={t("nav.label")}>
      {PLACES.map(([path, name]) => {
        const here = path === "/" ? place === "/" || place.startsWith("/trends/") : place.startsWith(path);
        return (
          <Link key={path} href={path} aria-current={here ? "page" : undefined}>
            {t(name)}
          </Link>
        );
      })}
    </nav>
  );
}

/** A page whose code is loaded when it is gone to. */
function Later({ page }: { page: string }) {
  const answer = useAnswer<{ default: ComponentType }>(`page:${page}`, LATER[page]);
  return (
    <Await answer={answer} rows={8}>
      {({ default: Shown }) => <Shown />}
    </Await>
  );
}

function Page() {
  return (
    <Switch>
      {PAGES.map(([path, page]) => (
        <Route key={path} path={path}>
          {page}
        </Route>
      ))}
      <Route path="/trends">
        <Redirect to="/" replace />
      </Route>
      <Route>
        <Empty title={t("lost.title")}>
          <Link href="/">{t("lost.back")}</Link>
        </Empty>
      </Route>
    </Switch>
  );
}
