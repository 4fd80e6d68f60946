/** How fast an autoscaler may move, and what it remembers for that. Pure but for its memory; times are the caller's. */
import type { HPAScalingPolicy, HPAScalingRules } from '#api/generated/types/autoscaling.v2.ts';

interface Past {
  readonly value: number;
  readonly atMs: number;
}

/** What an autoscaler recommended and did of late. Lost with the process, as upstream's is. */
export class History {
  #recommendations: Past[] = [];
  #added: Past[] = [];
  #removed: Past[] = [];

  /** The replicas that were there at the first look count as recommended. */
  begin(replicas: number, nowMs: number): void {
    if (this.#recommendations.length === 0) this.#recommendations = [{ value: replicas, atMs: nowMs }];
  }

  /** Keeps `value`; forgets recommendations from before `oldestMs`. */
  recommend(value: number, nowMs: number, oldestMs: number): void {
    this.#recommendations = since(this.#recommendations, oldestMs);
    this.#recommendations.push({ value, atMs: nowMs });
  }

  /** The values recommended after `sinceMs`. */
  recommended(sinceMs: number): number[] {
    return this.#recommendations.filter(({ atMs }) => atMs > sinceMs).map(({ value }) => value);
  }

  /** Keeps a change for as long as the longest period of `behavior` looks back. */
  scaled(from: number, to: number, nowMs: number, periodMs: number): void {
    const past = { value: Math.abs(to - from), atMs: nowMs };
    if (to > from) this.#added = [...since(this.#added, nowMs - periodMs), past];
    else this.#removed = [...since(this.#removed, nowMs - periodMs), past];
  }

  /** Replicas at the start of a period that ends now with `current` of them. */
  replicasAt(current: number, sinceMs: number): number {
    return current - total(this.#added, sinceMs) + total(this.#removed, sinceMs);
  }
}

function since(past: readonly Past[], sinceMs: number): Past[] {
  return past.filter(({ atMs }) => atMs >= sinceMs);
}

function total(past: readonly Past[], sinceMs: number): number {
  return past.reduce((sum, { value, atMs }) => (atMs > sinceMs ? sum + value : sum), 0);
}

export interface Limits {
  readonly current: number;
  readonly min: number;
  readonly max: number;
  readonly nowMs: number;
}

export interface Verdict {
  readonly replicas: number;
  readonly reason: string;
  readonly message: string;
}

/** Rules with all that defaulting fills in, but for the window of scaling down, which is the controller's. */
export interface Rules {
  readonly up: HPAScalingRules;
  readonly down: HPAScalingRules;
}

/**
 * What recent recommendations leave of `desired`, which joins them: the highest of the window counts on the way down, the
 * lowest on the way up.
 */
export function stabilize(
  history: History,
  desired: number,
  { up, down }: Rules,
  { current, nowMs }: Limits,
): Verdict {
  const upMs = nowMs - (up.stabilizationWindowSeconds ?? 0) * 1000;
  const downMs = nowMs - (down.stabilizationWindowSeconds ?? 0) * 1000;
  const floor = Math.min(desired, ...history.recommended(upMs));
  const ceiling = Math.max(desired, ...history.recommended(downMs));
  history.recommend(desired, nowMs, Math.min(upMs, downMs));
  const replicas = Math.min(Math.max(current, floor), ceiling);
  if (replicas === desired) {
    return { replicas, reason: 'ReadyForNewScale', message: 'recommended size matches current size' };
  }
  return desired >= current ? { replicas, ...scaleUpStabilized } : { replicas, ...scaleDownStabilized };
}

const scaleUpStabilized = {
  reason: 'ScaleUpStabilized',
  message: 'recent recommendations were lower than current one, applying the lowest recent recommendation',
};
const scaleDownStabilized = {
  reason: 'ScaleDownStabilized',
  message: 'recent recommendations were higher than current one, applying the highest recent recommendation',
};
const withinRange = {
  reason: 'DesiredWithinRange',
  message: 'the desired count is within the acceptable range',
};
const tooMany = {
  reason: 'TooManyReplicas',
  message: 'the desired replica count is more than the maximum replica count',
};
const tooFew = {
  reason: 'TooFewReplicas',
  message: 'the desired replica count is less than the minimum replica count',
};
const tooFast = {
  reason: 'ScaleUpLimit',
  message: 'the desired replica count is increasing faster than the maximum scale rate',
};
const tooFastDown = {
  reason: 'ScaleDownLimit',
  message: 'the desired replica count is decreasing faster than the maximum scale rate',
};

/** An autoscaler without a behavior: recommendations of `windowMs` hold it up, and it at most doubles, or goes to 4. */
export function stabilizeByDefault(
  history: History,
  desired: number,
  windowMs: number,
  nowMs: number,
): Verdict {
  const sinceMs = nowMs - windowMs;
  // A recommendation of exactly the window's age still counts.
  const replicas = Math.max(desired, ...history.recommended(sinceMs - 1));
  history.recommend(desired, nowMs, sinceMs);
  if (replicas !== desired) return { replicas, ...scaleDownStabilized };
  return { replicas, reason: 'ReadyForNewScale', message: 'recommended size matches current size' };
}

export function limitByDefault(desired: number, { current, min, max }: Limits): Verdict {
  const fastest = Math.max(2 * current, 4);
  if (desired < min) return { replicas: min, ...tooFew };
  if (desired > Math.min(max, fastest)) {
    return max > fastest ? { replicas: fastest, ...tooFast } : { replicas: max, ...tooMany };
  }
  return { replicas: desired, ...withinRange };
}

/** What the policies and the bounds leave of `desired`. */
export function limitByRules(
  history: History,
  desired: number,
  { up, down }: Rules,
  limits: Limits,
): Verdict {
  const { current, min, max } = limits;
  if (desired > current) {
    const fastest = Math.max(current, scaleUpLimit(history, up, limits));
    if (desired > Math.min(max, fastest)) {
      return max > fastest ? { replicas: fastest, ...tooFast } : { replicas: max, ...tooMany };
    }
  } else if (desired < current) {
    const fastest = Math.min(current, scaleDownLimit(history, down, limits));
    if (desired < Math.max(min, fastest)) {
      return min < fastest ? { replicas: fastest, ...tooFastDown } : { replicas: min, ...tooFew };
    }
  }
  return { replicas: desired, ...withinRange };
}

function scaleUpLimit(history: History, rules: HPAScalingRules, limits: Limits): number {
  const proposals = proposalsOf(history, rules, limits, (start, { type, value }) =>
    type === 'Pods' ? start + value : Math.ceil(start * (1 + value / 100)),
  );
  if (rules.selectPolicy === 'Disabled') return limits.current;
  return rules.selectPolicy === 'Min' ? Math.min(...proposals) : Math.max(...proposals);
}

/** Min is the smallest change, so the most replicas. */
function scaleDownLimit(history: History, rules: HPAScalingRules, limits: Limits): number {
  const proposals = proposalsOf(history, rules, limits, (start, { type, value }) =>
    type === 'Pods' ? start - value : Math.trunc(start * (1 - value / 100)),
  );
  if (rules.selectPolicy === 'Disabled') return limits.current;
  return rules.selectPolicy === 'Min' ? Math.max(...proposals) : Math.min(...proposals);
}

function proposalsOf(
  history: History,
  { policies = [] }: HPAScalingRules,
  { current, nowMs }: Limits,
  propose: (start: number, policy: HPAScalingPolicy) => number,
): number[] {
  return policies.map(policy =>
    propose(history.replicasAt(current, nowMs - policy.periodSeconds * 1000), policy),
  );
}

/** The longest period of the policies, in milliseconds. */
export function longestPeriodMs({ policies = [] }: HPAScalingRules): number {
  return Math.max(0, ...policies.map(({ periodSeconds }) => periodSeconds * 1000));
}
