/**
 * There are two clocks. The business clock is for everything that concerns money: session lifetimes, hold expiry, days
 * and mandate schedules; a sandbox can freeze and advance it. Wall time is for technical timeouts (leases, sockets, ids)
 * and is never changed, so that a frozen sandbox cannot keep a dead server's lease alive.
 */
export interface Clock {
  /** Business time, in milliseconds since 1970. */
  now(): number;
  /**
   * Whether the clock is being advanced now. The advance runs all clock-driven jobs and lists their events, so timers
   * that run the same jobs must pause meanwhile. Optional for a clock that cannot be advanced.
   */
  moving?(): boolean;
}

export const wallClock: Clock = { now: () => Date.now() };

/**
 * Work that becomes due at a business time, such as expiring a hold or retrying a callback. Timers run it; while the
 * clock is advanced, the advance runs it, each job at its own time.
 */
export interface ClockDrivenJob {
  /**
   * Called when an advance of the clock starts. Work from new payments after this call need not be waited for;
   * otherwise the advance would not end while clients keep paying.
   */
  begin?(): void;
  /** Called when the advance has ended, whether it reached its target or not. */
  end?(): void;
  /** The business time of the next due work at or before `until`, in milliseconds, or null. */
  nextAt(until: number): Promise<number | null>;
  /**
   * Runs the work that is due at the business clock's time, and waits until it is done or for some seconds. Returns the
   * events since the last call.
   */
  run(): Promise<readonly ClockEvent[]>;
}

/** An event caused by the business time. */
export interface ClockEvent {
  /** Business time, in milliseconds since 1970. */
  readonly at: number;
  /** The rail's market, or null if the event belongs to none. */
  readonly market: string | null;
  /** `hold_expired`, `callback_failed`, …: a fixed name for programs. */
  readonly type: string;
  /** The TransactionID, MSISDN or mandate id that the event concerns. */
  readonly subject: string;
  /** One sentence for people. */
  readonly message: string;
}

export const msPerSecond = 1_000;
export const msPerMinute = 60 * msPerSecond;
export const msPerHour = 60 * msPerMinute;
export const msPerDay = 24 * msPerHour;

/** A local time in a market: the calendar day and the minute of the day. */
export interface LocalTime {
  /** `20261121`: year, month and day as one number, so days compare and store as integers. */
  readonly day: number;
  /** Minutes since local midnight, 0 to 1439. */
  readonly minute: number;
}

const formats = new Map<string, Intl.DateTimeFormat>();
const recent = new Map<string, { readonly minuteOfUtc: number; readonly local: LocalTime }>();

/**
 * Converts a time to local time.
 *
 * The result is cached per minute, because time zones change their offset only on whole minutes, and formatting a date
 * costs more than all other steps of deciding a payment.
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
