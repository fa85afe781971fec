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
export type Health = Schemas["Health"];
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
export type TrendState = Trend["state"];

export const STATES: readonly TrendState[] = ["new", "rising", "peaking", "steady", "fading"];
