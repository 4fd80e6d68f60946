import { CounterFamily, HistogramFamily, type MetricFamily, type Stability } from '#base/metric-families.ts';
import { SummaryFamily } from '#base/summary-family.ts';
import type { Clock } from '#base/clock.ts';
import { PodSecurityMetrics } from './pod-security/metrics.ts';
import type { AdmissionRequest } from './request.ts';

type Operation = AdmissionRequest['operation'];
export type Step = 'admit' | 'validate';
export type WebhookType = 'admit' | 'validating';

/** Whose match conditions are counted. */
export interface ConditionOwner {
  readonly name: string;
  readonly kind: 'webhook' | 'policy';
  readonly type: Step | WebhookType;
}

const codeMax = 600;
const durations = [0.005, 0.025, 0.1, 0.5, 1, 2.5];
const policyDurations = [0.0000005, 0.001, 0.01, 0.1, 1];

function histogram(name: string, what: string, buckets: readonly number[], stability: Stability) {
  const help = `Seconds that ${what} took.`;
  return new HistogramFamily({ name, help, buckets, stability });
}

function counter(name: string, help: string, stability: Stability = 'ALPHA'): CounterFamily {
  return new CounterFamily({ name, help, stability });
}

/** What admission did, under upstream's names. */
export class AdmissionMetrics {
  readonly podSecurity = new PodSecurityMetrics();
  readonly #stepSummary: SummaryFamily;
  readonly #stepSeconds = histogram(
    'apiserver_admission_step_admission_duration_seconds',
    'all plug-ins together',
    durations,
    'STABLE',
  );
  readonly #pluginSeconds = histogram(
    'apiserver_admission_controller_admission_duration_seconds',
    'single plug-ins',
    durations,
    'STABLE',
  );
  readonly #passed = new Map<string, () => void>();
  readonly #webhookSeconds = histogram(
    'apiserver_admission_webhook_admission_duration_seconds',
    'webhooks',
    [...durations, 10, 25],
    'STABLE',
  );
  readonly #webhookRequests = counter(
    'apiserver_admission_webhook_request_total',
    'Calls of webhooks, by name, code and whether the request was refused.',
  );
  readonly #rejections = counter(
    'apiserver_admission_webhook_rejection_count',
    'Requests that a webhook refused, or that were refused since it failed.',
  );
  readonly #failOpen = counter(
    'apiserver_admission_webhook_fail_open_count',
    'Calls of webhooks that failed and were let pass.',
  );
  readonly #matchErrors = counter(
    'apiserver_admission_match_condition_evaluation_errors_total',
    'Match conditions that could not be evaluated.',
  );
  readonly #matchExclusions = counter(
    'apiserver_admission_match_condition_exclusions_total',
    'Requests that a match condition left out.',
  );
  readonly #matchSeconds = histogram(
    'apiserver_admission_match_condition_evaluation_seconds',
    'match conditions',
    [0.001, 0.005, 0.01, 0.025, 0.1, 0.2, 0.25],
    'ALPHA',
  );
  readonly #policySeconds = {
    validating: histogram(
      'apiserver_validating_admission_policy_check_duration_seconds',
      'validating policies',
      policyDurations,
      'BETA',
    ),
    mutating: histogram(
      'apiserver_mutating_admission_policy_check_duration_seconds',
      'mutating policies',
      policyDurations,
      'ALPHA',
    ),
  };
  readonly #policyChecks = {
    validating: counter(
      'apiserver_validating_admission_policy_check_total',
      'Checks of validating policies.',
      'BETA',
    ),
    mutating: counter('apiserver_mutating_admission_policy_check_total', 'Checks of mutating policies.'),
  };

  readonly families: readonly MetricFamily[];

  constructor(clock: Clock) {
    this.#stepSummary = new SummaryFamily(
      {
        name: 'apiserver_admission_step_admission_duration_seconds_summary',
        help: 'Admission sub-step latency summary in seconds, broken out for each operation and API resource and step type (validate or admit).',
        stability: 'ALPHA',
      },
      () => clock.monotonicMs(),
    );
    this.families = [
      ...this.podSecurity.families,
      this.#stepSummary,
      this.#stepSeconds,
      this.#pluginSeconds,
      this.#webhookSeconds,
      this.#webhookRequests,
      this.#rejections,
      this.#failOpen,
      this.#matchErrors,
      this.#matchExclusions,
      this.#matchSeconds,
      this.#policySeconds.validating,
      this.#policySeconds.mutating,
      this.#policyChecks.validating,
      this.#policyChecks.mutating,
    ];
  }

  /** What observes all plug-ins of a step together, in seconds. */
  step(type: Step, operation: Operation, rejected: boolean): (seconds: number) => void {
    const labels = { type, operation, rejected };
    const [observe, summarize] = [this.#stepSeconds.of(labels), this.#stepSummary.of(labels)];
    return seconds => {
      observe(seconds);
      summarize(seconds);
    };
  }

  /** What observes one plug-in, in seconds. */
  plugin(name: string, type: Step, operation: Operation, rejected: boolean): (seconds: number) => void {
    return this.#pluginSeconds.of({ name, type, operation, rejected });
  }

  /** What counts requests with which plug-ins had nothing to do: they took no time. */
  passed(names: readonly string[], type: Step, operation: Operation): () => void {
    const key = [type, operation, ...names].join();
    let count = this.#passed.get(key);
    if (!count) {
      let requests = 0;
      for (const name of names) {
        this.#pluginSeconds.zeros({ name, type, operation, rejected: false }, () => requests);
      }
      count = () => void requests++;
      this.#passed.set(key, count);
    }
    return count;
  }

  webhook(
    name: string,
    type: WebhookType,
    operation: Operation,
    code: number,
    rejected: boolean,
    seconds: number,
  ): void {
    this.#webhookRequests.add({ name, type, operation, code: Math.min(code, codeMax), rejected });
    this.#webhookSeconds.observe({ name, type, operation, rejected }, seconds);
  }

  rejection(name: string, type: WebhookType, operation: Operation, errorType: string, code: number): void {
    const rejectionCode = Math.min(code, codeMax);
    this.#rejections.add({ name, type, operation, error_type: errorType, rejection_code: rejectionCode });
  }

  failOpen(name: string, type: WebhookType): void {
    this.#failOpen.add({ name, type });
  }

  matchError({ name, kind, type }: ConditionOwner, operation: Operation): void {
    this.#matchErrors.add({ name, kind, type, operation });
  }

  matchSeconds({ name, kind, type }: ConditionOwner, operation: Operation, seconds: number): void {
    this.#matchSeconds.observe({ name, kind, type, operation }, seconds);
  }

  matchExclusion({ name, kind, type }: ConditionOwner, operation: Operation): void {
    this.#matchExclusions.add({ name, kind, type, operation });
  }

  /** One binding's check of one request. The action is what came of it: deny, warn, audit; allow where it failed and may. */
  policy(
    kind: 'validating' | 'mutating',
    labels: { policy: string; policy_binding: string; enforcement_action?: string; error_type: string },
    seconds: number,
  ): void {
    this.#policyChecks[kind].add(labels);
    this.#policySeconds[kind].observe(labels, seconds);
  }
}
