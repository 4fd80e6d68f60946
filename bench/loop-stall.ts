/** How long a thread's event loop was away at most: in ms of the wall's clock, and of the thread's own CPU time. */
export interface Stall {
  readonly ms: number;
  /** The part that is ours: on a machine that others use too, the wall's clock counts their turns as well. */
  readonly cpuMs: number;
}

export interface StallMeter extends Disposable {
  /** The longest stalls since the last time it was asked. */
  take(): Stall;
}

/** Samples by a timer of 1 ms: a loop that turns is never away for more than that and a little. */
export function meterStalls(): StallMeter {
  let last = performance.now();
  let lastCpu = cpuMs();
  let longest = 0;
  let longestCpu = 0;
  const sample = () => {
    const now = performance.now();
    const cpu = cpuMs();
    longest = Math.max(longest, now - last - 1);
    longestCpu = Math.max(longestCpu, cpu - lastCpu);
    last = now;
    lastCpu = cpu;
  };
  const timer = setInterval(sample, 1);
  return {
    take: () => {
      sample();
      const stall = { ms: Number(longest.toFixed(1)), cpuMs: Number(longestCpu.toFixed(1)) };
      longest = 0;
      longestCpu = 0;
      return stall;
    },
    [Symbol.dispose]: () => clearInterval(timer),
  };
}

function cpuMs(): number {
  const { user, system } = process.threadCpuUsage();
  return (user + system) / 1000;
}
