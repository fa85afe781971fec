/** Going back in time: the list as it stood at any moment, and forward from there. */

import { useCallback, useEffect, useRef, useState } from "react";
import { useKeys } from "../shared/keys";
import { ago, day } from "../shared/numbers";
import { t } from "../texts";

const MINUTE = 60_000;
const STEP = 15 * MINUTE;
const HOUR = 60 * MINUTE;
const FARTHEST = 60 * 24 * HOUR;
const PLAY_MS = 900;
const SETTLE_MS = 180;

interface TimeBarProps {
  /** The moment that is shown; empty for now. */
  asOf: string;
  /** The newest moment there is, and the earliest that makes sense. */
  now: string;
  earliest: string;
  /** Whether what is asked for has not come yet. */
  loading: boolean;
  go: (asOf: string) => void;
}

export function TimeBar({ asOf, now, earliest, loading, go }: TimeBarProps) {
  const end = Date.parse(now);
  const back = Math.min(end - Math.min(Date.parse(earliest), asOf ? Date.parse(asOf) : end), FARTHEST);
  const start = end - Math.ceil(back / STEP) * STEP; // whole steps from the end, where the slider begins
  const [drawn, setDrawn] = useState<number>();
  const [playing, setPlaying] = useState(false);
  const slider = useRef<HTMLInputElement>(null);
  const place = drawn ?? (asOf ? Date.parse(asOf) : end);

  const move = useCallback(
    (moment: number) => {
      const within = Math.min(end, Math.max(start, moment));
      go(
        within >= end ? "" : new Date(Math.round(within / MINUTE) * MINUTE).toISOString().replace(".000", ""),
      );
      setDrawn(undefined);
    },
    [end, start, go],
  );

  useEffect(() => {
    if (drawn === undefined) return;
    const timer = setTimeout(() => move(drawn), SETTLE_MS);
    return () => clearTimeout(timer);
  }, [drawn, move]);

  useEffect(() => {
    if (!playing) return;
    if (!asOf) return setPlaying(false);
    if (loading) return;
    const timer = setTimeout(() => move(Date.parse(asOf) + HOUR), PLAY_MS);
    return () => clearTimeout(timer);
  }, [playing, asOf, loading, move]);

  const play = () => {
    if (!asOf) move(Math.max(start, end - 24 * HOUR));
    setPlaying(!playing);
  };
  useKeys({
    t: () => slider.current?.focus(),
    "[": () => move(place - HOUR),
    "]": () => move(place + HOUR),
    p: play,
  });

  return (
    <div className={asOf ? "timebar past" : "timebar"}>
      <button
        type="button"
        className="icon"
        onClick={play}
        aria-label={t(playing ? "time.pause" : "time.play")}
        title={`${t(playing ? "time.pause" : "time.play")} (p)`}
      >
        {playing ? "❚❚" : "▶"}
      </button>
      <input
        ref={slider}
        type="range"
        min={start}
        max={end}
        step={STEP}
        value={place}
        aria-label={t("time.slider")}
        aria-valuetext={day(new Date(place))}
        onChange={(event) => setDrawn(Number(event.target.value))}
      />
      <label className="moment">
        <span className="unseen">{t("time.moment")}</span>
        <input
          type="datetime-local"
          max={local(end)}
          value={local(place)}
          onChange={(event) => event.target.value && move(Date.parse(`${event.target.value}Z`))}
        />
        <span className="zone">UTC</span>
      </label>
      <span className="then">
        {place < end ? t("time.ago", { ago: ago(new Date(place), now) }) : t("time.present")}
      </span>
      <button type="button" className="plain back" onClick={() => move(end)} disabled={!asOf}>
        {t("time.back")}
      </button>
    </div>
  );
}

/** A moment as an input of this kind has it, in UTC. */
function local(moment: number): string {
  return Number.isFinite(moment) ? new Date(moment).toISOString().slice(0, 16) : "";
}
