import { CounterFamily, type MetricFamily } from '#base/metric-families.ts';
import type { AdmissionRequest } from '../request.ts';
import type { LevelVersion } from './policy.ts';

type Asked = Pick<AdmissionRequest, 'served' | 'operation' | 'subresource'>;

function counter(name: string, help: string): CounterFamily {
  return new CounterFamily({ name: `pod_security_${name}`, help, stability: 'ALPHA' });
}

/** What the Pod Security Standards said of pods and what makes pods, under upstream's names. */
export class PodSecurityMetrics {
  readonly #evaluations = counter(
    'evaluations_total',
    'Number of policy evaluations that occurred, not counting ignored or exempt requests.',
  );
  readonly #exemptions = counter(
    'exemptions_total',
    'Number of exempt requests, not counting ignored or out of scope requests.',
  );
  readonly #errors = counter(
    'errors_total',
    'Number of errors preventing normal evaluation. Non-fatal errors may result in the latest restricted profile being used for evaluation.',
  );
  readonly families: readonly MetricFamily[] = [this.#evaluations, this.#exemptions, this.#errors];

  evaluated(
    decision: 'allow' | 'deny',
    { level, minor }: LevelVersion,
    mode: 'audit' | 'enforce' | 'warn',
    asked: Asked,
  ): undefined {
    const version = minor === Number.POSITIVE_INFINITY || level === 'privileged' ? 'latest' : `v1.${minor}`;
    this.#evaluations.add({
      ...labelsOf(asked),
      decision,
      mode,
      policy_level: level,
      policy_version: version,
    });
  }

  /** A change that no rule is about. */
  exempt(asked: Asked): undefined {
    this.#exemptions.add(labelsOf(asked));
  }

  failed(fatal: boolean, asked: Asked): void {
    this.#errors.add({ ...labelsOf(asked), fatal });
  }
}

function labelsOf({ served, operation, subresource }: Asked) {
  return {
    request_operation: operation.toLowerCase(),
    resource: served.bucket === 'core/pods' ? 'pod' : 'controller',
    subresource,
  };
}
