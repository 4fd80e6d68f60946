import { toRfc3339 } from '#base/clock.ts';
import type { MachineFacts, MachineUsage } from '../host/port.ts';
import type { Kubelet } from '../kubelet.ts';
import { runtimeKeys } from '../lifecycle/observed.ts';
import type { Container, ContainerStats } from '../runtime.ts';

interface ContainerUsage {
  readonly container: Container;
  readonly stats: ContainerStats;
}

async function usages(kubelet: Kubelet): Promise<ContainerUsage[]> {
  const [stats, containers] = await Promise.all([
    kubelet.runtime.listStats(),
    kubelet.runtime.listContainers({ state: 'RUNNING' }),
  ]);
  return stats.flatMap(entry => {
    const container = containers.find(candidate => candidate.id === entry.id);
    return container ? [{ container, stats: entry }] : [];
  });
}

function containerStats({ container, stats }: ContainerUsage) {
  const time = toRfc3339(stats.timestampMs);
  return {
    name: container.name,
    startTime: toRfc3339(container.createdAtMs),
    cpu: { time, usageCoreNanoSeconds: stats.cpuUsageNanoseconds },
    memory: {
      time,
      usageBytes: stats.memoryUsageBytes,
      workingSetBytes: stats.memoryWorkingSetBytes,
      rssBytes: stats.memoryRssBytes,
    },
    rootfs: { time, usedBytes: stats.fsUsedBytes, inodesUsed: stats.fsInodesUsed },
  };
}

/** /stats/summary (stats/v1alpha1.Summary). */
export async function statsSummary(kubelet: Kubelet): Promise<unknown> {
  const [machine, usage, all] = await Promise.all([
    kubelet.host.machine(),
    kubelet.host.usage(),
    usages(kubelet),
  ]);
  const time = toRfc3339(kubelet.clock.now());
  const pods = kubelet.pods().map(pod => {
    const mine = all.filter(({ container }) => container.labels[runtimeKeys.podUid] === pod.metadata.uid);
    const sum = (pick: (stats: ContainerStats) => number) =>
      mine.reduce((total, { stats }) => total + pick(stats), 0);
    const { name, namespace, uid } = pod.metadata;
    return {
      podRef: { name, namespace, uid },
      startTime: pod.status?.startTime ?? null,
      containers: mine.map(containerStats),
      cpu: { time, usageCoreNanoSeconds: sum(stats => stats.cpuUsageNanoseconds) },
      memory: { time, workingSetBytes: sum(stats => stats.memoryWorkingSetBytes) },
    };
  });
  return {
    node: nodeStats(kubelet.nodeName, time, machine, usage),
    pods,
  };
}

function nodeStats(nodeName: string, time: string, machine: MachineFacts, usage: MachineUsage) {
  const [first] = usage.interfaces;
  return {
    nodeName,
    startTime: toRfc3339(usage.bootedAtMs),
    cpu: { time, usageCoreNanoSeconds: usage.cpuNanoseconds },
    memory: {
      time,
      availableBytes: usage.memoryAvailableBytes,
      usageBytes: usage.memoryUsedBytes,
      workingSetBytes: machine.memoryBytes - usage.memoryAvailableBytes,
      rssBytes: usage.memoryRssBytes,
      pageFaults: usage.pageFaults,
      majorPageFaults: usage.majorPageFaults,
    },
    network: { time, ...(first ?? { name: '' }), interfaces: usage.interfaces },
    fs: {
      time,
      availableBytes: usage.diskAvailableBytes,
      capacityBytes: machine.diskBytes,
      usedBytes: machine.diskBytes - usage.diskAvailableBytes,
      inodesFree: usage.inodesFree,
      inodes: usage.inodes,
      inodesUsed: usage.inodes - usage.inodesFree,
    },
    rlimit: { time, maxpid: usage.tasksMax, curproc: usage.tasks },
    swap: {
      time,
      swapAvailableBytes: usage.swapAvailableBytes,
      swapUsageBytes: usage.swapBytes - usage.swapAvailableBytes,
    },
  };
}

interface Metric {
  readonly name: string;
  readonly help: string;
  readonly type: 'counter' | 'gauge';
  readonly samples: readonly string[];
}

function exposition(metrics: readonly Metric[]): string {
  return metrics
    .map(({ name, help, type, samples }) =>
      [`# HELP ${name} ${help}`, `# TYPE ${name} ${type}`, ...samples.map(sample => name + sample), ''].join(
        '\n',
      ),
    )
    .join('');
}

/** Of what `help` says more than the words: that its name and labels will not change. */
const stable = (help: string) => `[STABLE] ${help}`;

/** /metrics/resource: what metrics-server reads. Where the runtime does not answer, that alone is told. */
export async function resourceMetrics(kubelet: Kubelet): Promise<string> {
  const found = await Promise.all([kubelet.host.machine(), kubelet.host.usage(), usages(kubelet)]).catch(
    () => undefined,
  );
  const failed: Metric = {
    name: 'resource_scrape_error',
    help: stable('1 if the usage of containers could not be found out, 0 otherwise.'),
    type: 'gauge',
    samples: [found ? ' 0' : ' 1'],
  };
  if (!found) return exposition([failed]);
  const [machine, usage, all] = found;
  return exposition([
    ...containerUsage(all),
    ...nodeUsage(machine, usage, kubelet.clock.now()),
    ...podUsage(all),
    failed,
  ]);
}

const seconds = (nanoseconds: number) => nanoseconds / 1e9;

function podLabels({ labels }: Container): string {
  return `namespace="${labels[runtimeKeys.podNamespace]}",pod="${labels[runtimeKeys.podName]}"`;
}

function containerUsage(all: readonly ContainerUsage[]): Metric[] {
  const labels = (container: Container) => `{container="${container.name}",${podLabels(container)}}`;
  const labelled = (value: (stats: ContainerStats) => number) =>
    all.map(({ container, stats }) => `${labels(container)} ${value(stats)} ${stats.timestampMs}`);
  return [
    {
      name: 'container_cpu_usage_seconds_total',
      help: stable('Cumulative cpu time consumed by the container in core-seconds'),
      type: 'counter',
      samples: labelled(stats => seconds(stats.cpuUsageNanoseconds)),
    },
    {
      name: 'container_memory_working_set_bytes',
      help: stable('Current working set of the container in bytes'),
      type: 'gauge',
      samples: labelled(stats => stats.memoryWorkingSetBytes),
    },
    {
      name: 'container_start_time_seconds',
      help: stable('Start time of the container since unix epoch in seconds'),
      type: 'gauge',
      samples: all.map(({ container }) => `${labels(container)} ${container.createdAtMs / 1_000}`),
    },
  ];
}

function nodeUsage(machine: MachineFacts, usage: MachineUsage, nowMs: number): Metric[] {
  return [
    {
      name: 'node_cpu_usage_seconds_total',
      help: stable('Cumulative cpu time consumed by the node in core-seconds'),
      type: 'counter',
      samples: [` ${seconds(usage.cpuNanoseconds)} ${nowMs}`],
    },
    {
      name: 'node_memory_working_set_bytes',
      help: stable('Current working set of the node in bytes'),
      type: 'gauge',
      samples: [` ${machine.memoryBytes - usage.memoryAvailableBytes} ${nowMs}`],
    },
  ];
}

/** A pod uses what its containers use. */
function podUsage(all: readonly ContainerUsage[]): Metric[] {
  const pods = [...Map.groupBy(all, ({ container }) => podLabels(container))];
  const summed = (value: (stats: ContainerStats) => number) =>
    pods.map(([labels, mine]) => {
      const sum = mine.reduce((total, { stats }) => total + value(stats), 0);
      const newestMs = mine.reduce((newest, { stats }) => Math.max(newest, stats.timestampMs), 0);
      return `{${labels}} ${sum} ${newestMs}`;
    });
  return [
    {
      name: 'pod_cpu_usage_seconds_total',
      help: stable('Cumulative cpu time consumed by the pod in core-seconds'),
      type: 'counter',
      samples: summed(stats => seconds(stats.cpuUsageNanoseconds)),
    },
    {
      name: 'pod_memory_working_set_bytes',
      help: stable('Current working set of the pod in bytes'),
      type: 'gauge',
      samples: summed(stats => stats.memoryWorkingSetBytes),
    },
  ];
}

/** /metrics/cadvisor: what runs of the containers, in cAdvisor's names. */
export async function containerMetrics(kubelet: Kubelet): Promise<string> {
  const [machine, all] = await Promise.all([kubelet.host.machine(), usages(kubelet)]);
  const sampled = (value: (stats: ContainerStats) => number, more = '') =>
    all.map(({ container, stats }) => {
      const { [runtimeKeys.podNamespace]: namespace, [runtimeKeys.podName]: pod } = container.labels;
      const labels = `container="${container.name}"${more},image="${container.image}",name="${container.id}",namespace="${namespace}",pod="${pod}"`;
      return `{${labels}} ${value(stats)} ${stats.timestampMs}`;
    });
  return exposition([
    {
      name: 'container_cpu_usage_seconds_total',
      help: 'Cumulative cpu time consumed in seconds.',
      type: 'counter',
      samples: sampled(stats => stats.cpuUsageNanoseconds / 1e9, ',cpu="total"'),
    },
    {
      name: 'container_memory_working_set_bytes',
      help: 'Current working set in bytes.',
      type: 'gauge',
      samples: sampled(stats => stats.memoryWorkingSetBytes),
    },
    {
      name: 'container_memory_usage_bytes',
      help: 'Current memory usage in bytes, including all memory regardless of when it was accessed',
      type: 'gauge',
      samples: sampled(stats => stats.memoryUsageBytes),
    },
    {
      name: 'container_memory_rss',
      help: 'Size of RSS in bytes.',
      type: 'gauge',
      samples: sampled(stats => stats.memoryRssBytes),
    },
    {
      name: 'container_fs_usage_bytes',
      help: 'Number of bytes that are consumed by the container on this filesystem.',
      type: 'gauge',
      samples: sampled(stats => stats.fsUsedBytes),
    },
    {
      name: 'machine_cpu_cores',
      help: 'Number of logical CPU cores.',
      type: 'gauge',
      samples: [` ${machine.cpus}`],
    },
    {
      name: 'machine_memory_bytes',
      help: 'Amount of memory installed on the machine.',
      type: 'gauge',
      samples: [` ${machine.memoryBytes}`],
    },
  ]);
}
