/**
 * What the benchmark measures on one running platform, row by row, in the order in which it does.
 *
 * Each row returns lines for the table. Promises (`targets`) stand beside the figure they are about.
 */
import { runScript, startYardstick } from "./children.ts";
import { atLeast, below, type Line, type Verdict } from "./line.ts";
import { collect, hotMerchant, imitate, type Pace, type Shop } from "./loads.ts";
import { memoryOf } from "./memory.ts";

export interface Scene {
  readonly shop: Shop;
  readonly pace: Pace;
  readonly connections: readonly number[];
  readonly signal: AbortSignal;
  /** What the yardstick did, once it has been measured; rows after it are compared with it. */
  yardstickPerSecond: number | null;
}

/** Where promises are about a number of connections, it is this one. */
const promised = 256;

export async function yardstick(scene: Scene): Promise<Line[]> {
  const { shop, pace, signal } = scene;
  await using server = await startYardstick(signal);
  const { publicKey } = shop.platform.sandbox.openapi;
  const load = await imitate(server.url, publicKey, { connections: promised }, pace, signal);
  scene.yardstickPerSecond = load.perSecond;
  const what = `yardstick: bare Fastify at ${promised} connections`;
  return [{ row: "yardstick", what, value: load.perSecond, unit: "/s", load }];
}

export async function c2b(scene: Scene): Promise<Line[]> {
  const lines: Line[] = [];
  for (const connections of scene.connections) {
    const load = await collect(scene.shop, { connections }, scene.pace, scene.signal);
    const targets: Verdict[] = [];
    if (connections === promised) {
      targets.push(atLeast("at least 12,000/s", load.perSecond, 12_000));
      targets.push(below("p99 under 75 ms", load.p99Ms, 75));
      if (scene.yardstickPerSecond !== null) {
        targets.push(atLeast("a third of the yardstick", load.perSecond, scene.yardstickPerSecond / 3));
      }
    }
    const what = `C2B at ${connections} connections, bearer reused`;
    lines.push({ row: "c2b", what, value: load.perSecond, unit: "/s", load, targets });
  }
  return lines;
}

export async function hot({ shop, pace, signal }: Scene): Promise<Line[]> {
  const load = await collect(shop, { connections: promised, parties: hotMerchant }, pace, signal);
  const targets = [atLeast("at least 10,000/s", load.perSecond, 10_000)];
  const what = `C2B at ${promised} connections, one hot merchant`;
  return [{ row: "hot", what, value: load.perSecond, unit: "/s", load, targets }];
}

/** Bare RSA is measured before and after, because a shared machine is not the same one twice. */
export async function fresh({ shop, pace, signal }: Scene): Promise<Line[]> {
  const before = await bareRsa(signal);
  const freshBearers = Math.ceil(before * (pace.seconds + pace.warmUpSeconds) * 1.25);
  const load = await collect(shop, { connections: 64, freshBearers }, pace, signal);
  const bare = Math.round((before + (await bareRsa(signal))) / 2);
  const targets = [atLeast("80 % of bare RSA-4096", load.perSecond, bare * 0.8)];
  return [
    { row: "fresh", what: "bare RSA-4096 decryption on all cores", value: bare, unit: "/s" },
    {
      row: "fresh",
      what: "C2B at 64 connections, bearers fresh",
      value: load.perSecond,
      unit: "/s",
      load,
      targets,
    },
  ];
}

async function bareRsa(signal: AbortSignal): Promise<number> {
  const rate = await runScript("rsa", { args: ["2"], signal });
  if (typeof rate !== "object" || rate === null || !("perSecond" in rate))
    throw new Error("rsa.ts said nothing");
  return Number(rate.perSecond);
}

export async function memory({ shop }: Scene): Promise<Line[]> {
  const { nowMiB, peakMiB } = memoryOf(shop.platform.pid);
  const targets = [below("under 512 MiB", peakMiB, 512)];
  return [
    { row: "memory", what: "memory of the Node process, highest", value: peakMiB, unit: "MiB", targets },
    { row: "memory", what: "memory of the Node process, after the load", value: nowMiB, unit: "MiB" },
  ];
}
