import type {
  ConfigMap,
  LimitRange,
  Namespace,
  PersistentVolume,
  PersistentVolumeClaim,
  Pod,
  ResourceQuota,
  Secret,
  ServiceAccount,
} from '#api/generated/types/core.v1.ts';
import { canonicalQuantity } from '#machinery/quantity.ts';
import { defineDescriber } from './describer.ts';
import { type DescriptionText, longTime, shown, since } from './text.ts';

export const configMapDescriber = defineDescriber<ConfigMap>('', 'ConfigMap', (text, object) => {
  const { metadata, data, binaryData } = object;
  text.field(0, 'Name', metadata.name).field(0, 'Namespace', metadata.namespace);
  text.pairs('Labels', metadata.labels).annotations('Annotations', metadata.annotations);
  text.raw('\nData\n====\n');
  for (const key of Object.keys(data ?? {}).sort()) text.raw(`${key}:\n----\n${data![key]}\n\n`);
  text.raw('\nBinaryData\n====\n');
  for (const key of Object.keys(binaryData ?? {}).sort())
    text.raw(`${key}: ${byteCount(binaryData![key]!)} bytes\n`);
  text.raw('\n');
});

export const secretDescriber = defineDescriber<Secret>(
  '',
  'Secret',
  (text, { metadata, type, data }) => {
    text.field(0, 'Name', metadata.name).field(0, 'Namespace', metadata.namespace);
    text.pairs('Labels', metadata.labels).annotations('Annotations', metadata.annotations);
    text.raw(`\nType:\t${type ?? ''}\n\nData\n====\n`);
    for (const key of Object.keys(data ?? {}).sort()) {
      const token = key === 'token' && type === 'kubernetes.io/service-account-token';
      text.raw(`${key}:\t${token ? atob(data![key]!) : `${byteCount(data![key]!)} bytes`}\n`);
    }
  },
  { events: false },
);

function byteCount(base64: string): number {
  return Math.floor((base64.replace(/=+$/, '').length * 3) / 4);
}

export const serviceAccountDescriber = defineDescriber<ServiceAccount>(
  '',
  'ServiceAccount',
  (text, account) => {
    const { metadata, imagePullSecrets } = account;
    text.field(0, 'Name', metadata.name).field(0, 'Namespace', metadata.namespace);
    text.pairs('Labels', metadata.labels).annotations('Annotations', metadata.annotations);
    const names = (imagePullSecrets ?? []).map(({ name }) => name ?? '');
    text.raw(`Image pull secrets:\t${names[0] ?? '<none>'}\n`);
    for (const name of names.slice(1)) text.raw(`                   \t${name}\n`);
  },
);

export const namespaceDescriber = defineDescriber<Namespace>(
  '',
  'Namespace',
  async (text, { metadata, status }, world) => {
    text.field(0, 'Name', metadata.name);
    text.pairs('Labels', metadata.labels).annotations('Annotations', metadata.annotations);
    text.field(0, 'Status', status?.phase);
    if (status?.conditions?.length) {
      text.line(0, 'Conditions:').line(1, 'Type\tStatus\tLastTransitionTime\tReason\tMessage');
      text.line(1, '----\t------\t------------------\t------\t-------');
      for (const c of status.conditions)
        text.line(
          1,
          `${c.type}\t${c.status}\t${longTime(c.lastTransitionTime)}\t${c.reason ?? ''}\t${c.message ?? ''}`,
        );
    }
    text.raw('\n');
    describeQuotas(text, (await world.list('resourcequotas', metadata.name!)) as ResourceQuota[]);
    text.raw('\n');
    describeLimits(text, (await world.list('limitranges', metadata.name!)) as LimitRange[]);
  },
  { events: false },
);

function describeQuotas(text: DescriptionText, quotas: readonly ResourceQuota[]): void {
  if (quotas.length === 0) {
    text.line(0, 'No resource quota.');
    return;
  }
  text.line(0, 'Resource Quotas');
  for (const { metadata, spec, status } of quotas) {
    text.line(1, `Name:\t${metadata.name}`);
    if (spec?.scopes?.length) text.line(1, `Scopes:\t${spec.scopes.join(', ')}`);
    text.line(1, 'Resource\tUsed\tHard').line(1, '--------\t---\t---');
    for (const name of Object.keys(status?.hard ?? {}).sort())
      text.line(
        1,
        `${name}\t${canonicalQuantity(status?.used?.[name] ?? '0')}\t${canonicalQuantity(status!.hard![name]!)}`,
      );
  }
}

function describeLimits(text: DescriptionText, ranges: readonly LimitRange[]): void {
  if (ranges.length === 0) {
    text.line(0, 'No LimitRange resource.');
    return;
  }
  text.line(0, 'Resource Limits');
  text.line(1, 'Type\tResource\tMin\tMax\tDefault Request\tDefault Limit\tMax Limit/Request Ratio');
  text.line(1, '----\t--------\t---\t---\t---------------\t-------------\t-----------------------');
  for (const { spec } of ranges) for (const item of spec?.limits ?? []) describeLimitItem(text, item);
}

type LimitItem = NonNullable<NonNullable<LimitRange['spec']>['limits']>[number];

function describeLimitItem(text: DescriptionText, item: LimitItem): void {
  const lists = [item.min, item.max, item.defaultRequest, item.default, item.maxLimitRequestRatio];
  const names = new Set(lists.flatMap(list => Object.keys(list ?? {})));
  for (const name of [...names].sort()) {
    const cells = lists.map(list => (list?.[name] === undefined ? '-' : canonicalQuantity(list[name])));
    text.line(1, [item.type, name, ...cells].join('\t'));
  }
}

const accessModes: Record<string, string> = {
  ReadWriteOnce: 'RWO',
  ReadOnlyMany: 'ROX',
  ReadWriteMany: 'RWX',
  ReadWriteOncePod: 'RWOP',
};

const modesText = (modes: readonly string[] | undefined) =>
  (modes ?? []).map(mode => accessModes[mode] ?? mode).join(',');

export const persistentVolumeDescriber = defineDescriber<PersistentVolume>(
  '',
  'PersistentVolume',
  (text, { metadata, spec, status }, { nowMs }) => {
    text.field(0, 'Name', metadata.name);
    text.pairs('Labels', metadata.labels).annotations('Annotations', metadata.annotations);
    text
      .field(0, 'Finalizers', shown(metadata.finalizers ?? []))
      .field(0, 'StorageClass', spec?.storageClassName ?? '');
    text.field(
      0,
      'Status',
      metadata.deletionTimestamp
        ? `Terminating (lasts ${since(metadata.deletionTimestamp, nowMs)})`
        : status?.phase,
    );
    text.field(0, 'Claim', spec?.claimRef ? `${spec.claimRef.namespace}/${spec.claimRef.name}` : '');
    text.field(0, 'Reclaim Policy', spec?.persistentVolumeReclaimPolicy);
    text.field(0, 'Access Modes', modesText(spec?.accessModes));
    if (spec?.volumeMode) text.field(0, 'VolumeMode', spec.volumeMode);
    text.field(0, 'Capacity', canonicalQuantity(spec?.capacity?.storage ?? '0'));
    describeAffinity(text, spec?.nodeAffinity);
    text.field(0, 'Message', status?.message).line(0, 'Source:');
    if (spec?.hostPath)
      text
        .field(2, 'Type', 'HostPath (bare host directory volume)')
        .field(2, 'Path', spec.hostPath.path)
        .field(2, 'HostPathType', spec.hostPath.type ?? '<none>');
    else if (spec?.local)
      text
        .field(2, 'Type', 'LocalVolume (a persistent volume backed by local storage on a node)')
        .field(2, 'Path', spec.local.path);
    else if (spec?.nfs)
      text
        .field(2, 'Type', 'NFS (an NFS mount that lasts the lifetime of a pod)')
        .field(2, 'Server', spec.nfs.server)
        .field(2, 'Path', spec.nfs.path)
        .field(2, 'ReadOnly', spec.nfs.readOnly ?? false);
    else if (spec?.csi)
      text
        .field(2, 'Type', 'CSI (a Container Storage Interface (CSI) volume source)')
        .field(2, 'Driver', spec.csi.driver)
        .field(2, 'FSType', spec.csi.fsType ?? '')
        .field(2, 'VolumeHandle', spec.csi.volumeHandle)
        .field(2, 'ReadOnly', spec.csi.readOnly ?? false);
    else text.line(1, '<unknown>');
  },
);

type NodeAffinity = NonNullable<PersistentVolume['spec']>['nodeAffinity'];

function describeAffinity(text: DescriptionText, affinity: NodeAffinity): void {
  const terms = affinity?.required?.nodeSelectorTerms;
  if (!affinity) {
    text.field(0, 'Node Affinity', '<none>');
    return;
  }
  text.line(0, 'Node Affinity:');
  if (!terms?.length) {
    text.line(1, 'Required Terms:\t<none>');
    return;
  }
  text.line(1, 'Required Terms:\t');
  terms.forEach((term, i) => {
    const rows = (term.matchExpressions ?? []).map(
      ({ key, operator, values }) =>
        `${key} ${operator.toLowerCase()}${values?.length ? ` [${values.join(', ')}]` : ''}`,
    );
    text.column(`Term ${i}`, rows, '    ');
  });
}

export const persistentVolumeClaimDescriber = defineDescriber<PersistentVolumeClaim>(
  '',
  'PersistentVolumeClaim',
  async (text, { metadata, spec, status }, world) => {
    text.field(0, 'Name', metadata.name).field(0, 'Namespace', metadata.namespace);
    text.field(0, 'StorageClass', spec?.storageClassName ?? '');
    text.field(
      0,
      'Status',
      metadata.deletionTimestamp
        ? `Terminating (lasts ${since(metadata.deletionTimestamp, world.nowMs)})`
        : status?.phase,
    );
    text.field(0, 'Volume', spec?.volumeName ?? '');
    text.pairs('Labels', metadata.labels).annotations('Annotations', metadata.annotations);
    text.field(0, 'Finalizers', shown(metadata.finalizers ?? []));
    const bound = spec?.volumeName ? status?.capacity?.storage : undefined;
    text.field(0, 'Capacity', bound === undefined ? '' : canonicalQuantity(bound));
    text.field(0, 'Access Modes', spec?.volumeName ? modesText(status?.accessModes) : '');
    if (spec?.volumeMode) text.field(0, 'VolumeMode', spec.volumeMode);
    if (spec?.dataSource) {
      text.line(0, 'DataSource:').field(1, 'APIGroup', spec.dataSource.apiGroup ?? '');
      text.field(1, 'Kind', spec.dataSource.kind).field(1, 'Name', spec.dataSource.name);
    }
    const pods = (await world.list('pods', world.namespace)) as Pod[];
    const users = pods
      .filter(pod =>
        pod.spec?.volumes?.some(volume => volume.persistentVolumeClaim?.claimName === metadata.name),
      )
      .map(pod => pod.metadata.name!);
    text.column('Used By', users.sort());
    if (status?.conditions?.length) {
      text.line(0, 'Conditions:').line(1, 'Type\tStatus\tLastProbeTime\tLastTransitionTime\tReason\tMessage');
      text.line(1, '----\t------\t-----------------\t------------------\t------\t-------');
      for (const c of status.conditions)
        text.line(
          1,
          `${c.type} \t${c.status} \t${longTime(c.lastProbeTime)} \t${longTime(c.lastTransitionTime)} \t${c.reason ?? ''} \t${c.message ?? ''}`,
        );
    }
  },
);
