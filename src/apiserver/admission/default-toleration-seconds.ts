import type { Pod, Toleration } from '#api/generated/types/core.v1.ts';
import { deepFreeze } from '#machinery/object.ts';
import { type AdmissionPlugin, changeOf } from './plugin.ts';

/** For how long a pod that says nothing outlives its node's silence. Default: five minutes. */
export interface SilenceSeconds {
  readonly notReady?: number | undefined;
  readonly unreachable?: number | undefined;
}

const byDefault = 300;

/** A pod outlives its node's silence by some minutes unless it says otherwise. */
export function defaultTolerationSeconds({
  notReady = byDefault,
  unreachable = byDefault,
}: SilenceSeconds): AdmissionPlugin {
  const toleration = (key: string, tolerationSeconds: number): Toleration => ({
    key,
    operator: 'Exists',
    effect: 'NoExecute',
    tolerationSeconds,
  });
  /** All pods that say nothing share them. */
  const defaults: readonly Toleration[] = deepFreeze([
    toleration('node.kubernetes.io/not-ready', notReady),
    toleration('node.kubernetes.io/unreachable', unreachable),
  ]);
  return {
    name: 'DefaultTolerationSeconds',
    concerns: changeOf('core/pods'),
    mutate({ object }) {
      const { spec } = object as Pod;
      if (!spec) return;
      const own = spec.tolerations ?? [];
      const missing = defaults.filter(({ key }) => !own.some(one => covers(one, key!)));
      if (missing.length > 0) spec.tolerations = own.concat(missing);
    },
  };
}

function covers(toleration: Toleration, key: string): boolean {
  const keyMatches = toleration.key === key || !toleration.key;
  return keyMatches && (toleration.effect === 'NoExecute' || !toleration.effect);
}
