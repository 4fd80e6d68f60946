import type {
  HorizontalPodAutoscaler,
  HorizontalPodAutoscalerCondition,
  HorizontalPodAutoscalerStatus,
  MetricStatus,
} from '#api/generated/types/autoscaling.v2.ts';
import { toRfc3339 } from '#base/clock.ts';

export type ConditionType = 'AbleToScale' | 'ScalingActive' | 'ScalingLimited';

/** The status of one run while it is made. */
export class StatusDraft {
  readonly #nowMs: number;
  readonly #old: HorizontalPodAutoscalerStatus;
  #conditions: HorizontalPodAutoscalerCondition[];

  constructor(autoscaler: HorizontalPodAutoscaler, nowMs: number) {
    this.#nowMs = nowMs;
    this.#old = autoscaler.status ?? { desiredReplicas: 0 };
    this.#conditions = [...(this.#old.conditions ?? [])];
  }

  /** Adds the condition, or changes it where it stands; its time is that of its last change of status. */
  condition(type: ConditionType, isTrue: boolean, reason: string, message: string): void {
    const status = isTrue ? 'True' : 'False';
    const known = this.#conditions.find(condition => condition.type === type);
    const lastTransitionTime = known?.status === status ? known.lastTransitionTime : toRfc3339(this.#nowMs);
    const next = { type, status, ...(lastTransitionTime ? { lastTransitionTime } : {}), reason, message };
    this.#conditions = known
      ? this.#conditions.map(condition => (condition === known ? next : condition))
      : [...this.#conditions, next];
  }

  /** The conditions alone have changed. */
  unchanged(): HorizontalPodAutoscalerStatus {
    return { ...this.#old, conditions: this.#conditions };
  }

  /** Nothing could be computed: the wanted replicas stay. */
  counted(
    currentReplicas: number,
    currentMetrics: MetricStatus[] | undefined,
  ): HorizontalPodAutoscalerStatus {
    return this.decided(currentReplicas, this.#old.desiredReplicas, currentMetrics, false);
  }

  decided(
    currentReplicas: number,
    desiredReplicas: number,
    currentMetrics: MetricStatus[] | undefined,
    rescaled: boolean,
  ): HorizontalPodAutoscalerStatus {
    const lastScaleTime = rescaled ? toRfc3339(this.#nowMs) : this.#old.lastScaleTime;
    return {
      ...(lastScaleTime ? { lastScaleTime } : {}),
      currentReplicas,
      desiredReplicas,
      ...(currentMetrics ? { currentMetrics } : {}),
      conditions: this.#conditions,
    };
  }
}
