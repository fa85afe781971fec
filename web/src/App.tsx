/** The frame around every page, and which page an address shows. */

import { lazy, type ReactNode, Suspense, useState } from "react";
import { Link, Redirect, Route, Switch, useLocation } from "wouter";
import { Help } from "./frame/Help";
import { Mishap } from "./frame/Mishap";
import { Standing } from "./frame/Standing";
import { ThemeSwitch } from "./frame/ThemeSwitch";
import Now from "./now";
import { useKeys } from "./shared/keys";
import { Empty, Waiting } from "./shared/Told";
import { t, useLanguage } from "./texts";

const Trend = lazy(() => import("./trend"));
const Sources = lazy(() => import("./sources"));
const Workflows = lazy(() => import("./workflows"));
const Scorecard = lazy(() => import("./scorecard"));
const Settings = lazy(() => import("./settings"));

const PLACES = [
  ["/", "nav.now", "1"],
  ["/sources", "nav.sources", "2"],
  ["/workflows", "nav.workflows", "3"],
  ["/scorecard", "nav.scorecard", "4"],
  ["/settings", "nav.settings", "5"],
] as const;

const PAGES: readonly (readonly [string, ReactNode])[] = [
  ["/", <Now key="now" />],
  ["/trends/:id", <Trend key="trend" />],
  ["/sources", <Sources key="sources" />],
  ["/sources/*", <Sources key="source" />],
  ["/workflows", <Workflows key="workflows" />],
  ["/workflows/:id", <Workflows key="workflow" />],
  ["/scorecard", <Scorecard key="scorecard" />],
  ["/settings", <Settings key="settings" />],
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
          <Suspense fallback={<Waiting rows={8} />}>
            <Page />
          </Suspense>
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
