/** Imported before a server starts: the date of its machine is `SKEW_MS` milliseconds away from the real one. */
const skewMs = Number(process.env["SKEW_MS"]);
const RealDate = Date;
const realNow = RealDate.now.bind(RealDate);

globalThis.Date = class extends RealDate {
  constructor(...args) {
    if (args.length === 0) super(realNow() + skewMs);
    else super(...args);
  }

  static now() {
    return realNow() + skewMs;
  }
};
