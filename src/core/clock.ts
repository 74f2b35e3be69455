/**
 * Two clocks, because they answer two questions.
 *
 * The business clock says when something happens to money: session lifetimes, hold expiry, days and
 * mandate schedules. A sandbox may move it. Wall time says how long our own machinery waits (leases,
 * socket limits, ids) and is never moved, so a frozen town cannot keep a dead server's lease alive.
 */
export interface Clock {
  /** The environment's business time, in milliseconds since 1970. */
  now(): number;
  /**
   * Whether somebody is moving it now, and does what its time brings (`TimedWork`): whoever does such work by
   * the passing of time, and could not say afterwards what was done, rests meanwhile. A clock that nobody can
   * move need not say.
   */
  moving?(): boolean;
}

export const wallClock: Clock = { now: () => Date.now() };

/**
 * Work that business time brings: a hold that ends, a callback that is tried again. A server does it as
 * time passes; a clock that is moved does it on its way, each thing at its own time.
 */
export interface ClockDrivenJob {
  /**
   * Called when somebody begins to move the clock, which stands: what comes of its own from now on need not be
   * waited for. It would never end while people go on paying.
   */
  begin?(): void;
  /** The business time of the next thing to do that falls at or before `upto`, in milliseconds, or null. */
  nextAt(until: number): Promise<number | null>;
  /**
   * Does what is due at the business clock's time, waits until it is done or for some seconds, and says what
   * happened since it was asked last.
   */
  run(): Promise<readonly ClockEvent[]>;
}

/** Something that happened because its time had come. */
export interface ClockEvent {
  /** Business time, in milliseconds since 1970. */
  readonly at: number;
  /** The rail's market; null for what belongs to none. */
  readonly market: string | null;
  /** `hold_expired`, `callback_told`, …: a word that programs may compare. */
  readonly type: string;
  /** The TransactionID, MSISDN or mandate that it is about. */
  readonly subject: string;
  /** A sentence for a person. */
  readonly message: string;
}

export const msPerSecond = 1_000;
export const msPerMinute = 60 * msPerSecond;
export const msPerHour = 60 * msPerMinute;
export const msPerDay = 24 * msPerHour;

/** A point of local time: the calendar day and the minute of it, as a market's people see them. */
export interface LocalTime {
  /** `20261121`: year, month and day as one number, so days compare and store as integers. */
  readonly day: number;
  /** Minutes since local midnight, 0 to 1439. */
  readonly minute: number;
}

const formats = new Map<string, Intl.DateTimeFormat>();
const recent = new Map<string, { readonly minuteOfUtc: number; readonly local: LocalTime }>();

/**
 * What the clock on the wall of a market shows.
 *
 * Time zones change their offsets on whole minutes, so one answer serves every payment of the same
 * minute; formatting a date costs more than everything else that deciding a payment does.
 */
export function localTime(at: number, timeZone: string): LocalTime {
  const minuteOfUtc = Math.floor(at / msPerMinute);
  const cached = recent.get(timeZone);
  if (cached?.minuteOfUtc === minuteOfUtc) return cached.local;

  let format = formats.get(timeZone);
  if (format === undefined) {
    format = new Intl.DateTimeFormat("en-GB", {
      timeZone,
      year: "numeric",
      month: "2-digit",
      day: "2-digit",
      hour: "2-digit",
      minute: "2-digit",
      hourCycle: "h23",
    });
    formats.set(timeZone, format);
  }
  const parts: Record<string, number> = {};
  for (const { type, value } of format.formatToParts(at)) parts[type] = Number(value);
  const local = {
    day: (parts["year"] ?? 0) * 10_000 + (parts["month"] ?? 0) * 100 + (parts["day"] ?? 0),
    minute: (parts["hour"] ?? 0) * 60 + (parts["minute"] ?? 0),
  };
  recent.set(timeZone, { minuteOfUtc, local });
  return local;
}
