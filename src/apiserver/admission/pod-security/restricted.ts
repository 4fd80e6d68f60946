import type { Container, Volume } from '#api/generated/types/core.v1.ts';
import { procMount } from './baseline.ts';
import {
  type Check,
  type Evaluate,
  containerCheck,
  containerNames,
  exceptUserNamespace,
  exceptWindows,
  plural,
  quoteAll,
  setters,
  sortedSet,
} from './check.ts';
import { seccompRestricted } from './profiles.ts';

const allowPrivilegeEscalation = containerCheck(
  container => container.securityContext?.allowPrivilegeEscalation !== false,
  'allowPrivilegeEscalation != false',
  'must set securityContext.allowPrivilegeEscalation=false',
);

const capabilities: Evaluate = ({ containers }) => {
  const added = ({ securityContext }: Container) =>
    (securityContext?.capabilities?.add ?? []).filter(name => name !== 'NET_BIND_SERVICE');
  const keeping = containers.filter(
    ({ securityContext }) => !securityContext?.capabilities?.drop?.includes('ALL'),
  );
  const adding = containers.filter(container => added(container).length > 0);
  const details = [
    ...(keeping.length > 0
      ? [`${containerNames(keeping)} must set securityContext.capabilities.drop=["ALL"]`]
      : []),
    ...(adding.length > 0
      ? [
          `${containerNames(adding)} must not include ${quoteAll(sortedSet(adding.flatMap(added)))} in securityContext.capabilities.add`,
        ]
      : []),
  ];
  return details.length > 0 ? { reason: 'unrestricted capabilities', detail: details.join('; ') } : undefined;
};

const allowedVolumes = new Set([
  'configMap',
  'csi',
  'downwardAPI',
  'emptyDir',
  'ephemeral',
  'image',
  'persistentVolumeClaim',
  'projected',
  'secret',
]);
const restrictedVolumeTypes = new Set([
  'awsElasticBlockStore',
  'azureDisk',
  'azureFile',
  'cephfs',
  'cinder',
  'fc',
  'flexVolume',
  'flocker',
  'gcePersistentDisk',
  'gitRepo',
  'glusterfs',
  'hostPath',
  'iscsi',
  'nfs',
  'photonPersistentDisk',
  'portworxVolume',
  'quobyte',
  'rbd',
  'scaleIO',
  'storageos',
  'vsphereVolume',
]);

function sourcesOf({ name: _, ...sources }: Volume): string[] {
  return Object.keys(sources).filter(source => sources[source as keyof typeof sources] !== undefined);
}

const volumes: Evaluate = ({ spec }) => {
  const bad = (spec.volumes ?? []).filter(
    volume => !sourcesOf(volume).some(name => allowedVolumes.has(name)),
  );
  if (bad.length === 0) return undefined;
  const types = sortedSet(
    bad.map(volume => sourcesOf(volume).find(name => restrictedVolumeTypes.has(name)) ?? 'unknown'),
  );
  const names = quoteAll(bad.map(({ name }) => name));
  return {
    reason: 'restricted volume types',
    detail: `${plural(bad.length, 'volume')} ${names} ${plural(bad.length, 'uses', 'use')} ${plural(types.length, 'restricted volume type')} ${quoteAll(types)}`,
  };
};

const runAsNonRoot: Evaluate = ({ spec, containers }) => {
  const reason = 'runAsNonRoot != true';
  const setting = ({ securityContext }: Container) => securityContext?.runAsNonRoot;
  const ofPod = spec.securityContext?.runAsNonRoot;
  const who = setters(
    ofPod === false,
    containers.filter(container => setting(container) === false),
  );
  if (who !== '') return { reason, detail: `${who} must not set securityContext.runAsNonRoot=false` };
  const silent = ofPod ? [] : containers.filter(container => setting(container) === undefined);
  if (silent.length === 0) return undefined;
  return { reason, detail: `pod or ${containerNames(silent)} must set securityContext.runAsNonRoot=true` };
};

const runAsUser: Evaluate = ({ spec, containers }) => {
  const root = containers.filter(({ securityContext }) => securityContext?.runAsUser === 0);
  const who = setters(spec.securityContext?.runAsUser === 0, root);
  return who === '' ? undefined : { reason: 'runAsUser=0', detail: `${who} must not set runAsUser=0` };
};

/** What hardens a pod as far as is known today, beyond the baseline; sorted by id. */
export const restrictedChecks: readonly Check[] = [
  {
    id: 'allowPrivilegeEscalation',
    versions: [
      [8, allowPrivilegeEscalation],
      [25, exceptWindows(allowPrivilegeEscalation)],
    ],
  },
  {
    id: 'capabilities_restricted',
    versions: [
      [22, capabilities],
      [25, exceptWindows(capabilities)],
    ],
  },
  { id: 'procMount_restricted', versions: [[35, procMount]] },
  { id: 'restrictedVolumes', versions: [[0, volumes]] },
  {
    id: 'runAsNonRoot',
    versions: [
      [0, runAsNonRoot],
      [35, exceptUserNamespace(runAsNonRoot)],
    ],
  },
  {
    id: 'runAsUser',
    versions: [
      [23, runAsUser],
      [35, exceptUserNamespace(runAsUser)],
    ],
  },
  {
    id: 'seccompProfile_restricted',
    versions: [
      [19, seccompRestricted],
      [25, exceptWindows(seccompRestricted)],
    ],
  },
];
