import {
  CounterFamily,
  HistogramFamily,
  type MetricFamily,
  SampledFamily,
  defaultBuckets,
} from '#base/metric-families.ts';
import type { ProbeCount } from './probes/probe-manager.ts';
import type { Pod } from './types.ts';

/** What /metrics tells of what the kubelet does for its node, in upstream's names. */
export class NodeMetrics {
  readonly evictions = new CounterFamily({
    name: 'kubelet_evictions',
    help: 'Pods evicted, by the signal that made the kubelet do it.',
    stability: 'ALPHA',
  });
  readonly evictionStatsAge = new HistogramFamily({
    name: 'kubelet_eviction_stats_age_seconds',
    help: 'How old what the kubelet knew was when it evicted a pod, by signal.',
    stability: 'ALPHA',
    buckets: defaultBuckets,
  });
  readonly imagesCollected = new CounterFamily({
    name: 'kubelet_image_garbage_collected_total',
    help: 'Images removed, by reason: space or age.',
    stability: 'ALPHA',
  });

  all(): readonly MetricFamily[] {
    return [this.evictions, this.evictionStatsAge, this.imagesCollected];
  }
}

/** What /metrics tells of volumes, in upstream's names. */
export class VolumeMetrics {
  readonly imagesRequested = new CounterFamily({
    name: 'kubelet_image_volume_requested_total',
    help: 'Volumes of images that containers asked for.',
    stability: 'BETA',
  });
  readonly imagesMounted = new CounterFamily({
    name: 'kubelet_image_volume_mounted_succeed_total',
    help: 'Volumes of images that were mounted for a container.',
    stability: 'BETA',
  });
  readonly imagesFailed = new CounterFamily({
    name: 'kubelet_image_volume_mounted_errors_total',
    help: 'Volumes of images that could not be mounted.',
    stability: 'BETA',
  });

  all(): readonly MetricFamily[] {
    return [this.imagesRequested, this.imagesMounted, this.imagesFailed];
  }
}

type State = 'created' | 'exited' | 'running';

/** What /metrics tells of the node's pods, in upstream's names. */
export function podMetrics(nodeName: string, pods: () => readonly Pod[]): readonly MetricFamily[] {
  const stability = 'ALPHA';
  const active = () => pods().filter(({ status }) => !['Succeeded', 'Failed'].includes(status?.phase ?? ''));
  return [
    new SampledFamily(
      {
        name: 'kubelet_node_name',
        help: "The node's name. The count is always 1.",
        stability,
      },
      () => [[{ node: nodeName }, 1]],
    ),
    new SampledFamily(
      { name: 'kubelet_desired_pods', help: 'Pods that the kubelet is told to run.', stability },
      () => [[{ static: '' }, pods().length]],
    ),
    new SampledFamily(
      { name: 'kubelet_active_pods', help: 'Pods that have not come to their end.', stability },
      () => [[{ static: '' }, active().length]],
    ),
    new SampledFamily(
      { name: 'kubelet_running_pods', help: 'Pods of which a container runs.', stability },
      () => [[{}, pods().filter(pod => states(pod).includes('running')).length]],
    ),
    new SampledFamily({ name: 'kubelet_running_containers', help: 'Containers by state.', stability }, () => {
      const all = pods().flatMap(states);
      const kinds: readonly State[] = ['created', 'exited', 'running'];
      return kinds.map(state => [{ container_state: state }, all.filter(one => one === state).length]);
    }),
  ];
}

function states({ status }: Pod): State[] {
  const {
    initContainerStatuses = [],
    containerStatuses = [],
    ephemeralContainerStatuses = [],
  } = status ?? {};
  return [...initContainerStatuses, ...containerStatuses, ...ephemeralContainerStatuses].map(({ state }) =>
    state?.running ? 'running' : state?.terminated ? 'exited' : 'created',
  );
}

/** What /metrics/probes tells. */
export function probeMetrics(counts: () => Iterable<ProbeCount>): readonly MetricFamily[] {
  const options = {
    name: 'prober_probe_total',
    help: 'Probes of a container that lives, by result.',
    stability: 'BETA',
    type: 'counter',
  } as const;
  return [
    new SampledFamily(options, () =>
      Array.from(counts(), ({ pod, container, kind, result, count }) => {
        const { name, namespace, uid } = pod.metadata;
        const probe_type = `${kind[0]!.toUpperCase()}${kind.slice(1)}`;
        const labels = { container, namespace: namespace!, pod: name!, pod_uid: uid!, probe_type, result };
        return [labels, count] as const;
      }),
    ),
  ];
}
