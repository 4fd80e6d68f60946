import type { StatefulSet } from '#api/generated/types/apps.v1.ts';
import type { Pod } from '#api/generated/types/core.v1.ts';
import { type MetricFamily, SampledFamily } from '#base/metric-families.ts';
import { unavailability } from './plan.ts';

/** What the metrics are read from when they are asked for. */
interface Sources {
  sets(): Iterable<StatefulSet>;
  podsOf(set: StatefulSet): readonly Pod[];
  now(): number;
}

type Unavailability = NonNullable<ReturnType<typeof unavailability>>;

/** How far sets that are updated pod by pod may be, and are, from what they should be, under upstream's names. */
export function statefulSetMetrics(sources: Sources): readonly MetricFamily[] {
  const family = (name: string, help: string, value: (found: Unavailability) => number) =>
    new SampledFamily({ name: `statefulset_${name}`, help, stability: 'BETA' }, () => read(sources, value));
  return [
    family('max_unavailable', 'Pods that may be unavailable during an update.', ({ most }) => most),
    family('unavailable_replicas', 'Pods that are unavailable.', ({ unavailable }) => unavailable),
  ];
}

function* read({ sets, podsOf, now }: Sources, value: (found: Unavailability) => number) {
  for (const set of sets()) {
    const found = unavailability({ set, pods: podsOf(set), nowMs: now() });
    if (!found) continue;
    const labels = {
      pod_management_policy: set.spec?.podManagementPolicy ?? 'OrderedReady',
      statefulset_name: set.metadata.name!,
      statefulset_namespace: set.metadata.namespace!,
    };
    yield [labels, value(found)] as const;
  }
}
