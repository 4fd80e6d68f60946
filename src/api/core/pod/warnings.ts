import { deepEqual } from '#base/equal.ts';
import { checkDns1123Label } from '#machinery/names.ts';
import { Quantity } from '#machinery/quantity.ts';
import type { StrategyContext } from '../../definition.ts';
import type {
  Affinity,
  Container,
  ContainerPort,
  NodeSelectorTerm,
  Pod,
  PodSpec,
  PodTemplateSpec,
  Volume,
} from '../../generated/types/core.v1.ts';
import { claimSpecWarnings } from '../../storage-warnings.ts';
import { type KnownSpec, knownSpec } from './known-specs.ts';

type Annotations = Readonly<Record<string, string>>;
type Metadata = { readonly annotations?: Annotations } | undefined;
type Place = readonly [container: Container, path: string];

const deprecatedNodeLabels: Readonly<Record<string, string>> = {
  'beta.kubernetes.io/arch': 'deprecated since v1.14; use "kubernetes.io/arch" instead',
  'beta.kubernetes.io/os': 'deprecated since v1.14; use "kubernetes.io/os" instead',
  'failure-domain.beta.kubernetes.io/region':
    'deprecated since v1.17; use "topology.kubernetes.io/region" instead',
  'failure-domain.beta.kubernetes.io/zone':
    'deprecated since v1.17; use "topology.kubernetes.io/zone" instead',
  'beta.kubernetes.io/instance-type':
    'deprecated since v1.17; use "node.kubernetes.io/instance-type" instead',
};
const deprecatedAnnotations: readonly (readonly [key: string, warning: string])[] = Object.entries({
  'scheduler.alpha.kubernetes.io/critical-pod':
    'non-functional in v1.16+; use the "priorityClassName" field instead',
  'security.alpha.kubernetes.io/sysctls': 'non-functional in v1.11+; use the "sysctls" field instead',
  'security.alpha.kubernetes.io/unsafe-sysctls': 'non-functional in v1.11+; use the "sysctls" field instead',
});
/** By the volume's field, in upstream's order; one is spelled as upstream's path has it. */
const deprecatedVolumes: readonly (readonly [keyof Volume, string, path?: string])[] = [
  ['photonPersistentDisk', 'deprecated in v1.11, non-functional in v1.16+'],
  ['gitRepo', 'deprecated in v1.11'],
  ['scaleIO', 'deprecated in v1.16, non-functional in v1.22+'],
  ['flocker', 'deprecated in v1.22, non-functional in v1.25+'],
  ['storageos', 'deprecated in v1.22, non-functional in v1.25+', 'storageOS'],
  ['quobyte', 'deprecated in v1.22, non-functional in v1.25+'],
  ['glusterfs', 'deprecated in v1.25, non-functional in v1.26+'],
  ['cephfs', 'deprecated in v1.28, non-functional in v1.31+'],
  ['rbd', 'deprecated in v1.28, non-functional in v1.31+'],
];
const seccompPod = 'seccomp.security.alpha.kubernetes.io/pod';
const seccompContainer = 'container.seccomp.security.alpha.kubernetes.io/';
const appArmor = 'container.apparmor.security.beta.kubernetes.io/';
const profilePrefixes = [seccompContainer, appArmor];
const byteResources = ['memory', 'ephemeral-storage'];
const noPods = 'a null labelSelector results in matching no pod';

function nodeLabelsOf(term: NodeSelectorTerm, path: string): string[] {
  return (term.matchExpressions ?? []).flatMap(({ key }, i) => {
    const warning = deprecatedNodeLabels[key];
    return warning ? [`${path}.matchExpressions[${i}].key: ${key} is ${warning}`] : [];
  });
}

function placementWarnings(spec: PodSpec, path: string): string[] {
  const nodes = spec.affinity?.nodeAffinity;
  const at = `${path}.affinity.nodeAffinity`;
  const terms = nodes?.requiredDuringSchedulingIgnoredDuringExecution?.nodeSelectorTerms ?? [];
  const preferred = nodes?.preferredDuringSchedulingIgnoredDuringExecution ?? [];
  return [
    ...Object.keys(spec.nodeSelector ?? {}).flatMap(key => {
      const warning = deprecatedNodeLabels[key];
      return warning ? [`${path}.nodeSelector[${key}]: ${warning}`] : [];
    }),
    ...terms.flatMap((term, i) =>
      nodeLabelsOf(term, `${at}.requiredDuringSchedulingIgnoredDuringExecution.nodeSelectorTerms[${i}]`),
    ),
    ...preferred.flatMap(({ preference }, i) =>
      nodeLabelsOf(preference, `${at}.preferredDuringSchedulingIgnoredDuringExecution[${i}].preference`),
    ),
    ...(spec.topologySpreadConstraints ?? []).flatMap(({ topologyKey, labelSelector }, i) => {
      const here = `${path}.topologySpreadConstraints[${i}]`;
      const warning = deprecatedNodeLabels[topologyKey];
      return [
        ...(warning ? [`${here}.topologyKey: ${topologyKey} is ${warning}`] : []),
        ...(labelSelector ? [] : [`${here}.labelSelector: ${noPods}`]),
      ];
    }),
  ];
}

function volumeWarnings(volumes: readonly Volume[], path: string): string[] {
  return volumes.flatMap((volume, i) =>
    deprecatedVolumes.flatMap(([name, warning, shown]) =>
      volume[name] === undefined ? [] : [`${path}.volumes[${i}].${shown ?? name}: ${warning}`],
    ),
  );
}

/** Files that a token of the same path hides. */
function tokenWarnings(volumes: readonly Volume[], path: string): string[] {
  if (!volumes.some(volume => volume.projected)) return [];
  const sources = volumes.map(volume => volume.projected?.sources ?? []);
  const tokens = sources.flat().flatMap(source => source.serviceAccountToken?.path ?? []);
  return sources.flatMap((list, vi) =>
    list.flatMap(({ configMap, secret, downwardAPI, clusterTrustBundle: bundle }) => {
      const at = `${path}.volumes[${vi}].projected.sources`;
      const hidden = (where: string, target: string) =>
        tokens.includes(target)
          ? [`${at}.${where}: has duplicated path with ServiceAccountToken ${JSON.stringify(target)}`]
          : [];
      return [
        ...(configMap?.items ?? []).flatMap((item, i) => hidden(`configMap[${i}]`, item.path)),
        ...(secret?.items ?? []).flatMap((item, i) => hidden(`secrets[${i}]`, item.path)),
        ...(downwardAPI?.items ?? []).flatMap((item, i) => hidden(`downwardAPI[${i}]`, item.path)),
        ...(bundle ? hidden('ClusterTrustBundle', bundle.path) : []),
      ];
    }),
  );
}

function duplicateWarnings(values: readonly string[], path: string, field: string): string[] {
  return values.flatMap((value, i) =>
    values.indexOf(value) < i ? [`${path}[${i}].${field}: duplicate ${field} ${JSON.stringify(value)}`] : [],
  );
}

function fractionWarnings(amounts: Readonly<Record<string, string>> | undefined, path: string): string[] {
  return byteResources.flatMap(name => {
    const amount = amounts?.[name];
    const quantity = amount === undefined ? undefined : Quantity.tryParse(amount);
    if (!quantity || quantity.milliValue() % 1000 === 0) return [];
    return [
      `${path}[${name}]: fractional byte value ${JSON.stringify(amount)} is invalid, must be an integer`,
    ];
  });
}

/** A variable set twice, unless the second value builds on the first. */
function envWarnings({ env = [] }: Container, path: string): string[] {
  return env.flatMap(({ name, value = '', valueFrom }, i) => {
    if (env.findIndex(other => other.name === name) === i) return [];
    const reference = `$(${name})`;
    if (!valueFrom && value !== reference && value.includes(reference)) return [];
    const hides = `hides previous definition of ${JSON.stringify(name)}`;
    return [`${path}.env[${i}]: ${hides}, which may be dropped when using apply`];
  });
}

function containerWarnings(
  spec: PodSpec,
  annotations: Annotations,
  places: readonly Place[],
  at: string,
): string[] {
  const isTemplate = at !== '';
  const keys = Object.keys(annotations);
  // Most pods have none of them; their names are put together for the others only.
  const hasProfiles = profilePrefixes.some(prefix => keys.some(key => key.startsWith(prefix)));
  const seccomp = 'non-functional in v1.27+; use the "seccompProfile" field instead';
  const own = (key: string, isCovered: boolean, warning: string) =>
    key in annotations && !isCovered ? [`${at}metadata.annotations[${key}]: ${warning}`] : [];
  const profile = Boolean(spec.securityContext?.appArmorProfile);
  return [
    ...own(seccompPod, Boolean(spec.securityContext?.seccompProfile), seccomp),
    ...places.flatMap(([container, path]) => {
      const { name, securityContext: context, resources } = container;
      const appArmorText = 'deprecated since v1.30; use the "appArmorProfile" field instead';
      return [
        ...(hasProfiles
          ? [
              ...own(`${seccompContainer}${name}`, Boolean(context?.seccompProfile), seccomp),
              ...own(
                `${appArmor}${name}`,
                !isTemplate || profile || Boolean(context?.appArmorProfile),
                appArmorText,
              ),
            ]
          : []),
        ...fractionWarnings(resources?.limits, `${path}.resources.limits`),
        ...fractionWarnings(resources?.requests, `${path}.resources.requests`),
        ...envWarnings(container, path),
      ];
    }),
  ];
}

/** How two ports with one number and protocol get into each other's way. */
function portClash(port: ContainerPort, other: ContainerPort): string | undefined {
  const [host, otherHost] = [port.hostPort ?? 0, other.hostPort ?? 0];
  const [ip, otherIp] = [port.hostIP ?? '', other.hostIP ?? ''];
  if (ip === otherIp && host === otherHost) return 'duplicate';
  if (host === 0 || otherHost === 0) return 'overlapping';
  return host === otherHost && (ip === '') !== (otherIp === '') ? 'dangerously ambiguous' : undefined;
}

function portWarnings(places: readonly Place[]): string[] {
  const before: { port: ContainerPort; path: string; i: number }[] = [];
  return places.flatMap(([{ ports = [] }, path]) =>
    ports.flatMap((port, i) => {
      const { name = '', hostPort = 0, containerPort, protocol = 'TCP', hostIP = '' } = port;
      const at = () => `${path}.ports[${i}]`;
      const shown = () =>
        `{Name:${name} HostPort:${hostPort} ContainerPort:${containerPort} Protocol:${protocol} HostIP:${hostIP}}`;
      const lonely =
        hostIP !== '' && hostPort === 0 ? [`${at()}: hostIP set without hostPort: ${shown()}`] : [];
      const clashes = before.flatMap(other => {
        const same =
          other.port.containerPort === containerPort && (other.port.protocol ?? 'TCP') === protocol;
        const clash = same ? portClash(port, other.port) : undefined;
        return clash ? [`${at()}: ${clash} port definition with ${other.path}.ports[${other.i}]`] : [];
      });
      before.push({ port, path, i });
      return [...lonely, ...clashes];
    }),
  );
}

function affinityWarnings(affinity: Affinity | undefined, path: string): string[] {
  return (['podAffinity', 'podAntiAffinity'] as const).flatMap(name => {
    const { requiredDuringSchedulingIgnoredDuringExecution: required = [], ...rest } = affinity?.[name] ?? {};
    const preferred = rest.preferredDuringSchedulingIgnoredDuringExecution ?? [];
    const at = `${path}.affinity.${name}`;
    return [
      ...required.flatMap(({ labelSelector }, i) =>
        labelSelector
          ? []
          : [`${at}.requiredDuringSchedulingIgnoredDuringExecution[${i}].labelSelector: ${noPods}`],
      ),
      ...preferred.flatMap(({ podAffinityTerm }, i) =>
        podAffinityTerm?.labelSelector
          ? []
          : [
              `${at}.preferredDuringSchedulingIgnoredDuringExecution[${i}].podAffinityTerm.labelSelector: ${noPods}`,
            ],
      ),
    ];
  });
}

const noAnnotations: Annotations = {};

/** `at` is '' for a pod, or a template's path and a dot. A spec of which nothing is to be warned is looked at once. */
function warningsOf(spec: PodSpec, metadata: Metadata, at: string, lookedUp?: KnownSpec): string[] {
  const annotations = metadata?.annotations ?? noAnnotations;
  if (Object.keys(annotations).some(concernsPods)) return judgeWarnings(spec, annotations, at);
  const known = lookedUp ?? knownSpec(spec);
  if (known?.isQuiet) return [];
  const warnings = judgeWarnings(spec, annotations, at);
  if (known && warnings.length === 0) known.isQuiet = true;
  return warnings;
}

/** Annotations that warnings speak of. */
function concernsPods(key: string): boolean {
  return (
    key === seccompPod ||
    deprecatedAnnotations.some(([name]) => name === key) ||
    profilePrefixes.some(prefix => key.startsWith(prefix))
  );
}

function judgeWarnings(spec: PodSpec, annotations: Annotations, at: string): string[] {
  const path = `${at}spec`;
  const volumes = spec.volumes ?? [];
  const places = (['initContainers', 'containers', 'ephemeralContainers'] as const).flatMap(list =>
    (spec[list] ?? []).map((container, i): Place => [container as Container, `${path}.${list}[${i}]`]),
  );
  const secrets = (spec.imagePullSecrets ?? []).map(({ name = '' }) => name);
  const grace = spec.terminationGracePeriodSeconds ?? 0;
  const negative = 'must be >= 0; negative values are invalid and will be treated as 1';
  return [
    ...placementWarnings(spec, path),
    ...deprecatedAnnotations.flatMap(([key, warning]) =>
      key in annotations ? [`${at}metadata.annotations[${key}]: ${warning}`] : [],
    ),
    ...volumeWarnings(volumes, path),
    ...volumes.flatMap(({ ephemeral }, i) =>
      claimSpecWarnings(
        `${path}.volumes[${i}].ephemeral.volumeClaimTemplate.spec`,
        ephemeral?.volumeClaimTemplate?.spec,
      ),
    ),
    ...tokenWarnings(volumes, path),
    ...duplicateWarnings(
      (spec.hostAliases ?? []).map(alias => alias.ip),
      `${path}.hostAliases`,
      'ip',
    ),
    ...duplicateWarnings(secrets, `${path}.imagePullSecrets`, 'name'),
    ...secrets.flatMap((name, i) =>
      name === '' ? [`${path}.imagePullSecrets[${i}].name: invalid empty name ""`] : [],
    ),
    ...fractionWarnings(spec.overhead, `${path}.overhead`),
    ...containerWarnings(spec, annotations, places, at),
    ...portWarnings(places),
    ...(grace < 0 ? [`${path}.terminationGracePeriodSeconds: ${negative}`] : []),
    ...affinityWarnings(spec.affinity, path),
  ];
}

/** A warning where pods are named after an object whose name is no DNS label. */
export function warnOfName(
  name: string | undefined,
  context: StrategyContext,
  used = 'in Pod names and hostnames',
): void {
  const messages = name ? checkDns1123Label(name) : [];
  if (messages.length === 0) return;
  const detail = 'which can result in surprising behavior; a DNS label is recommended';
  context.warn(`metadata.name: this is used ${used}, ${detail}: [${messages.join(' ')}]`);
}

/** Warnings of what a pod holds that is deprecated or likely a mistake. */
export function warnOfPod(pod: Pod, context: StrategyContext, known?: KnownSpec): void {
  warnOfName(pod.metadata.name, context, "in the Pod's hostname");
  if (pod.spec) for (const warning of warningsOf(pod.spec, pod.metadata, '', known)) context.warn(warning);
}

/** Of a workload whose spec an update changes. */
export function warnOfChange<Spec extends { template?: PodTemplateSpec }>(
  object: { spec?: Spec },
  old: { spec?: Spec },
  context: StrategyContext,
): void {
  if (!deepEqual(object.spec, old.spec)) warnOfTemplate(object.spec?.template, 'spec.template', context);
}

/** The same of a workload's template. */
export function warnOfTemplate(
  template: PodTemplateSpec | undefined,
  path: string,
  context: StrategyContext,
): void {
  if (!template?.spec) return;
  for (const warning of warningsOf(template.spec, template.metadata, `${path}.`)) context.warn(warning);
}
