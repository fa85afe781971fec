/** The API's words, as its OpenAPI document gives them. */

import type { components } from "./schema";

type Schemas = components["schemas"];

export type Trend = Schemas["Trend"];
export type TrendPage = Schemas["TrendPage"];
export type Item = Schemas["Item"];
export type Fact = Schemas["Fact"];
export type ItemPage = Schemas["ItemPage"];
export type Lineage = Schemas["Lineage"];
export type LineagePage = Schemas["LineagePage"];
export type Receipt = Schemas["Receipt"];
export type Term = Schemas["Term"];
export type Sentence = Schemas["Sentence"];
export type Series = Schemas["Series"];
export type SourcePage = Schemas["SourcePage"];
export type MissedPage = Schemas["MissedPage"];
export type FoundPage = Schemas["FoundPage"];
export type Ledger = Schemas["Ledger"];
export type Timeline = Schemas["Timeline"];
export type Summary = Schemas["Summary"];
export type Cited = Schemas["Cited"];
export type NearPage = Schemas["NearPage"];
export type HeadlinePage = Schemas["HeadlinePage"];
export type ReceiptOf = Schemas["ReceiptOf"];
export type SourceTold = Schemas["SourceTold"];
export type TakenFeeds = Schemas["TakenFeeds"];
export type Tried = Schemas["Tried"];
export type Execution = Schemas["Execution"];
export type ExecutionStep = Schemas["ExecutionStep"];
export type ExecutionPage = Schemas["ExecutionPage"];
export type Template = Schemas["Template"];
export type TemplatePage = Schemas["TemplatePage"];
export type Scorecard = Schemas["Scorecard"];
export type Scored = Schemas["Scored"];
export type Key = Schemas["Key"];
export type KeyPage = Schemas["KeyPage"];
export type NewKey = Schemas["NewKey"];
export type Deed = Schemas["Deed"];
export type DeedPage = Schemas["DeedPage"];
export type WatchTold = Schemas["WatchTold"];
export type WatchPage = Schemas["WatchPage"];
export type AlertTold = Schemas["AlertTold"];
export type AlertPage = Schemas["AlertPage"];
export type CallTold = Schemas["CallTold"];
export type CallPage = Schemas["CallPage"];
export type TrendState = Trend["state"];

export const STATES: readonly TrendState[] = ["new", "rising", "peaking", "steady", "fading"];
