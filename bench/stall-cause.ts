import type { Profiler } from 'node:inspector';
import { Session } from 'node:inspector/promises';
import { fileURLToPath } from 'node:url';

const intervalUs = 2_000;
const collector = '(garbage collector)';
/** A frame that has this share of a stretch of time is what it was spent on; those below it have parts of it. */
const mainShare = 0.6;
const root = fileURLToPath(new URL('..', import.meta.url));

/** Tells what this thread did in a stretch of time, by V8's sampling profiler, which costs it a few percent. */
export class CauseRecorder implements Disposable {
  readonly #session = new Session();

  static async start(): Promise<CauseRecorder> {
    const recorder = new CauseRecorder();
    recorder.#session.connect();
    await recorder.#session.post('Profiler.enable');
    await recorder.#session.post('Profiler.setSamplingInterval', { interval: intervalUs });
    await recorder.#session.post('Profiler.start');
    return recorder;
  }

  /** Of a stretch since the last call, in ms of `performance.now()`. Being asked takes a while itself. */
  async causeOf(fromMs: number, toMs: number): Promise<string> {
    const { profile } = await this.#session.post('Profiler.stop');
    await this.#session.post('Profiler.start');
    const offsetUs = Number(process.hrtime.bigint() / 1_000n) - performance.now() * 1_000;
    return cause(profile, fromMs * 1_000 + offsetUs, toMs * 1_000 + offsetUs);
  }

  [Symbol.dispose](): void {
    this.#session.disconnect();
  }
}

/** The innermost function that has most of the time from `fromUs` to `toUs`, and the garbage collector's share. */
function cause(profile: Profiler.Profile, fromUs: number, toUs: number): string {
  const nodes = new Map(profile.nodes.map(node => [node.id, node]));
  const self = new Map<number, number>();
  let atUs = profile.startTime;
  let allUs = 0;
  for (const [i, id] of (profile.samples ?? []).entries()) {
    const tookUs = profile.timeDeltas![i]!;
    atUs += tookUs;
    if (atUs < fromUs || atUs > toUs) continue;
    self.set(id, (self.get(id) ?? 0) + tookUs);
    allUs += tookUs;
  }
  if (allUs === 0) return 'not sampled';
  const totals = new Map<number, number>();
  const totalOf = (node: Profiler.ProfileNode): number => {
    const below = (node.children ?? []).map(id => totalOf(nodes.get(id)!));
    const total = below.reduce((sum, one) => sum + one, self.get(node.id) ?? 0);
    totals.set(node.id, total);
    return total;
  };
  let main = profile.nodes[0]!;
  totalOf(main);
  for (let next: typeof main | undefined = main; next; ) {
    main = next;
    next = main.children?.map(id => nodes.get(id)!).find(child => totals.get(child.id)! >= mainShare * allUs);
  }
  const collected = profile.nodes.filter(({ callFrame }) => callFrame.functionName === collector);
  const collectedUs = collected.reduce((sum, { id }) => sum + (self.get(id) ?? 0), 0);
  const percent = (us: number) => `${Math.round((us / allUs) * 100)} %`;
  const name = main === profile.nodes[0] ? 'this and that' : frameName(main);
  return `${name} ${percent(totals.get(main.id)!)}, ${collector} ${percent(collectedUs)}`;
}

function frameName({ callFrame: { functionName, url, lineNumber } }: Profiler.ProfileNode): string {
  if (!url) return functionName || '(anonymous)';
  const path = url.startsWith('file:') ? fileURLToPath(url).replace(root, '') : url;
  return `${functionName || '(anonymous)'} ${path}:${lineNumber + 1}`;
}
