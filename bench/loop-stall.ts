/** The longest time that this thread's event loop was away, in ms, since the last time it was asked. */
export interface StallMeter extends Disposable {
  take(): number;
}

/** Samples by a timer of 1 ms: a loop that turns is never away for more than that and a little. */
export function meterStalls(): StallMeter {
  let last = performance.now();
  let longest = 0;
  const sample = () => {
    const now = performance.now();
    longest = Math.max(longest, now - last - 1);
    last = now;
  };
  const timer = setInterval(sample, 1);
  return {
    take: () => {
      sample();
      const stall = longest;
      longest = 0;
      return Number(Math.max(0, stall).toFixed(1));
    },
    [Symbol.dispose]: () => clearInterval(timer),
  };
}
