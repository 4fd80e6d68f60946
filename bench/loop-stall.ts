/** How long a thread's event loop was away at most: in ms of the wall's clock, and of the thread's own CPU time. */
export interface Stall {
  readonly ms: number;
  /** The part that is ours: on a machine that others use too, the wall's clock counts their turns as well. */
  readonly cpuMs: number;
  /** When the one of most CPU time was, by `performance.now()`. */
  readonly fromMs: number;
  readonly toMs: number;
}

export interface StallMeter extends Disposable {
  /** The longest stalls since the last time it was asked. */
  take(): Stall;
}

const none: Stall = { ms: 0, cpuMs: 0, fromMs: 0, toMs: 0 };

/** Samples by a timer of 1 ms: a loop that turns is never away for more than that and a little. */
export function meterStalls(): StallMeter {
  let last = performance.now();
  let lastCpu = cpuMs();
  let longest = none;
  const sample = () => {
    const now = performance.now();
    const cpu = cpuMs();
    const ms = Math.max(longest.ms, now - last - 1);
    if (cpu - lastCpu > longest.cpuMs) longest = { ms, cpuMs: cpu - lastCpu, fromMs: last, toMs: now };
    else if (ms > longest.ms) longest = { ...longest, ms };
    last = now;
    lastCpu = cpu;
  };
  const timer = setInterval(sample, 1);
  return {
    take: () => {
      sample();
      const stall = longest;
      longest = none;
      return { ...stall, ms: Number(stall.ms.toFixed(1)), cpuMs: Number(stall.cpuMs.toFixed(1)) };
    },
    [Symbol.dispose]: () => clearInterval(timer),
  };
}

function cpuMs(): number {
  const { user, system } = process.threadCpuUsage();
  return (user + system) / 1000;
}
