import type { Lease } from '#api/generated/types/coordination.v1.ts';
import type { Node, Pod } from '#api/generated/types/core.v1.ts';
import { Quantity } from '#machinery/quantity.ts';
import { type DescribeWorld, defineDescriber } from './describer.ts';
import { type DescriptionText, longTime, since } from './text.ts';

type ResourceList = Readonly<Record<string, string | number>>;

export const nodeDescriber = defineDescriber<Node>('', 'Node', async (text, node, world) => {
  const { metadata, spec, status } = node;
  text.field(0, 'Name', metadata.name).field(0, 'Roles', rolesOf(metadata.labels).join(',') || '<none>');
  text.pairs('Labels', metadata.labels).annotations('Annotations', metadata.annotations);
  text.field(0, 'CreationTimestamp', longTime(metadata.creationTimestamp));
  const taints = (spec?.taints ?? []).map(
    ({ key, value, effect }) => `${key}${value ? `=${value}` : ''}:${effect}`,
  );
  text.column('Taints', taints.sort()).field(0, 'Unschedulable', spec?.unschedulable ?? false);
  await describeLease(text, node, world);
  const conditions = status?.conditions ?? [];
  if (conditions.length > 0) {
    text
      .line(0, 'Conditions:')
      .line(1, 'Type\tStatus\tLastHeartbeatTime\tLastTransitionTime\tReason\tMessage')
      .line(1, '----\t------\t-----------------\t------------------\t------\t-------');
    for (const c of conditions)
      text.line(
        1,
        `${c.type} \t${c.status} \t${longTime(c.lastHeartbeatTime)} \t${longTime(c.lastTransitionTime)} \t${c.reason ?? ''} \t${c.message ?? ''}`,
      );
  }
  text.line(0, 'Addresses:');
  for (const { type, address } of status?.addresses ?? []) text.field(1, type, address);
  describeList(text, 'Capacity', status?.capacity);
  describeList(text, 'Allocatable', status?.allocatable);
  describeSystem(text, node);
  if (spec?.podCIDR) text.field(0, 'PodCIDR', spec.podCIDR);
  if (spec?.podCIDRs?.length) text.field(0, 'PodCIDRs', spec.podCIDRs.join(','));
  if (spec?.providerID) text.field(0, 'ProviderID', spec.providerID);
  await describePods(text, node, world);
});

function rolesOf(labels: Readonly<Record<string, string>> | undefined): string[] {
  const prefix = 'node-role.kubernetes.io/';
  return Object.entries(labels ?? {})
    .flatMap(([key, value]) =>
      key.startsWith(prefix) && key.length > prefix.length
        ? [key.slice(prefix.length)]
        : key === 'kubernetes.io/role' && value
          ? [value]
          : [],
    )
    .sort();
}

async function describeLease(text: DescriptionText, node: Node, world: DescribeWorld): Promise<void> {
  const lease = (await world.get('leases.coordination.k8s.io', 'kube-node-lease', node.metadata.name!)) as
    | Lease
    | undefined;
  if (!lease) {
    text.line(
      0,
      `Lease:\tFailed to get lease: leases.coordination.k8s.io ${JSON.stringify(node.metadata.name)} not found`,
    );
    return;
  }
  const { holderIdentity, acquireTime, renewTime } = lease.spec ?? {};
  text.line(0, 'Lease:').field(1, 'HolderIdentity', holderIdentity ?? '<unset>');
  text.field(1, 'AcquireTime', acquireTime ? longTime(acquireTime) : '<unset>');
  text.field(1, 'RenewTime', renewTime ? longTime(renewTime) : '<unset>');
}

function describeList(text: DescriptionText, title: string, list: ResourceList | undefined): void {
  const names = Object.keys(list ?? {}).sort();
  if (names.length > 0) text.line(0, `${title}:`);
  for (const name of names) text.field(1, name, Quantity.parse(String(list![name]!)));
}

function describeSystem(text: DescriptionText, { status }: Node): void {
  const info = status?.nodeInfo;
  text.line(0, 'System Info:');
  text.field(1, 'Machine ID', info?.machineID).field(1, 'System UUID', info?.systemUUID);
  text.field(1, 'Boot ID', info?.bootID).field(1, 'Kernel Version', info?.kernelVersion);
  text.field(1, 'OS Image', info?.osImage).field(1, 'Operating System', info?.operatingSystem);
  text.field(1, 'Architecture', info?.architecture);
  text.field(1, 'Container Runtime Version', info?.containerRuntimeVersion);
  text.field(1, 'Kubelet Version', info?.kubeletVersion);
}

const resources = ['cpu', 'memory', 'ephemeral-storage'] as const;

async function describePods(text: DescriptionText, node: Node, world: DescribeWorld): Promise<void> {
  const fieldSelector = `spec.nodeName=${node.metadata.name},status.phase!=Failed,status.phase!=Succeeded`;
  const pods = (await world.list('pods', '', { fieldSelector })) as Pod[];
  const allocatable: ResourceList = node.status?.allocatable ?? node.status?.capacity ?? {};
  const share = (amount: Quantity, name: string) => `${amount} (${percent(amount, allocatable[name])}%)`;
  text.field(0, 'Non-terminated Pods', `(${pods.length} in total)`);
  text.line(1, 'Namespace\tName\t\tCPU Requests\tCPU Limits\tMemory Requests\tMemory Limits\tAge');
  text.line(1, '---------\t----\t\t------------\t----------\t---------------\t-------------\t---');
  for (const pod of pods) {
    const cells = (['cpu', 'memory'] as const).flatMap(name => [
      share(podTotal(pod, 'requests', name), name),
      share(podTotal(pod, 'limits', name), name),
    ]);
    const { namespace, name, creationTimestamp } = pod.metadata;
    text.line(1, [namespace, name, '', ...cells, since(creationTimestamp, world.nowMs)].join('\t'));
  }
  text
    .line(0, 'Allocated resources:')
    .line(1, '(Total limits may be over 100 percent, i.e., overcommitted.)');
  text.line(1, 'Resource\tRequests\tLimits').line(1, '--------\t--------\t------');
  for (const name of [...resources, ...hugePages(allocatable)]) {
    const requests = sum(pods.map(pod => podTotal(pod, 'requests', name)));
    const limits = sum(pods.map(pod => podTotal(pod, 'limits', name)));
    text.line(1, `${name}\t${share(requests, name)}\t${share(limits, name)}`);
  }
  for (const name of extended(allocatable))
    text.line(
      1,
      `${name}\t${sum(pods.map(pod => podTotal(pod, 'requests', name)))}\t${sum(pods.map(pod => podTotal(pod, 'limits', name)))}`,
    );
}

const hugePages = (list: ResourceList) =>
  Object.keys(list)
    .filter(name => name.startsWith('hugepages-'))
    .sort();
const extended = (list: ResourceList) =>
  Object.keys(list)
    .filter(
      name =>
        !name.startsWith('hugepages-') && name !== 'pods' && !(resources as readonly string[]).includes(name),
    )
    .sort();

function percent(amount: Quantity, total: string | number | undefined): number {
  const whole = total === undefined ? 0 : Quantity.parse(String(total)).milliValue();
  return Number(whole) === 0 ? 0 : Math.trunc((Number(amount.milliValue()) / Number(whole)) * 100);
}

function sum(amounts: readonly Quantity[]): Quantity {
  return amounts.reduce((a, b) => (isZero(a) ? b : isZero(b) ? a : a.add(b)), Quantity.parse('0'));
}

const isZero = (amount: Quantity) => Number(amount.milliValue()) === 0;

/** Containers together, or the largest init container where that asks for more; sidecars count with both. */
function podTotal(pod: Pod, kind: 'requests' | 'limits', name: string): Quantity {
  const own = pod.spec?.resources?.[kind]?.[name];
  if (own !== undefined) return Quantity.parse(String(own));
  const amount = (container: { resources?: { requests?: ResourceList; limits?: ResourceList } }) =>
    Quantity.parse(String(container.resources?.[kind]?.[name] ?? '0'));
  const init = pod.spec?.initContainers ?? [];
  const sidecars = sum(init.filter(container => container.restartPolicy === 'Always').map(amount));
  const main = sum([...(pod.spec?.containers ?? []).map(amount), sidecars]);
  const largest = init
    .filter(container => container.restartPolicy !== 'Always')
    .map(container => sum([amount(container), sidecars]))
    .reduce((a, b) => (Number(b.milliValue()) > Number(a.milliValue()) ? b : a), Quantity.parse('0'));
  const total = Number(largest.milliValue()) > Number(main.milliValue()) ? largest : main;
  const overhead = Quantity.parse(String(pod.spec?.overhead?.[name] ?? '0'));
  return isZero(overhead) || (kind === 'limits' && isZero(total)) ? total : sum([total, overhead]);
}
