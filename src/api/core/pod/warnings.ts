import { appArmorPrefix as appArmor } from './app-armor.ts';
import { FieldPath } from '#machinery/field.ts';
import { checkDns1123Label } from '#machinery/names.ts';
import { Quantity } from '#machinery/quantity.ts';
import { ipWarnings } from '../../address-warnings.ts';
import type {
  Affinity,
  Container,
  ContainerPort,
  Pod,
  PodSpec,
  PodTemplateSpec,
} from '../../generated/types/core.v1.ts';
import { nodeKeyWarnings, nodeLabelWarnings, nodeTermWarnings } from '../../node-label-warnings.ts';
import { type KnownSpec, knownSpec } from './known-specs.ts';
import { volumeWarnings } from './volume-warnings.ts';

type Annotations = Readonly<Record<string, string>>;
type Metadata = { readonly annotations?: Annotations } | undefined;
type Place = readonly [container: Container, path: string];

const deprecatedAnnotations: readonly (readonly [key: string, warning: string])[] = Object.entries({
  'scheduler.alpha.kubernetes.io/critical-pod':
    'non-functional in v1.16+; use the "priorityClassName" field instead',
  'security.alpha.kubernetes.io/sysctls': 'non-functional in v1.11+; use the "sysctls" field instead',
  'security.alpha.kubernetes.io/unsafe-sysctls': 'non-functional in v1.11+; use the "sysctls" field instead',
});
const seccompPod = 'seccomp.security.alpha.kubernetes.io/pod';
const seccompContainer = 'container.seccomp.security.alpha.kubernetes.io/';
const profilePrefixes = [seccompContainer, appArmor];
const byteResources = ['memory', 'ephemeral-storage'];
const noPods = 'a null labelSelector results in matching no pod';

function placementWarnings(spec: PodSpec, path: string): string[] {
  const at = FieldPath.of(path);
  const nodes = at.child('affinity', 'nodeAffinity');
  const affinity = spec.affinity?.nodeAffinity;
  const terms = affinity?.requiredDuringSchedulingIgnoredDuringExecution?.nodeSelectorTerms ?? [];
  const required = nodes.child('requiredDuringSchedulingIgnoredDuringExecution', 'nodeSelectorTerms');
  const preferred = nodes.child('preferredDuringSchedulingIgnoredDuringExecution');
  return [
    ...Object.keys(spec.nodeSelector ?? {}).flatMap(key =>
      nodeLabelWarnings(at.child('nodeSelector').key(key), key),
    ),
    ...terms.flatMap((term, i) => nodeTermWarnings(required.index(i), term)),
    ...(affinity?.preferredDuringSchedulingIgnoredDuringExecution ?? []).flatMap(({ preference }, i) =>
      nodeTermWarnings(preferred.index(i).child('preference'), preference, true),
    ),
    ...(spec.topologySpreadConstraints ?? []).flatMap(({ topologyKey, labelSelector }, i) => {
      const here = at.child('topologySpreadConstraints').index(i);
      return [
        ...nodeKeyWarnings(here.child('topologyKey'), topologyKey),
        ...(labelSelector ? [] : [`${here.child('labelSelector')}: ${noPods}`]),
      ];
    }),
  ];
}

function addressWarnings({ dnsConfig, hostAliases }: PodSpec, path: string): string[] {
  const at = FieldPath.of(path);
  return [
    ...(dnsConfig?.nameservers ?? []).flatMap((ip, i) =>
      ipWarnings(at.child('dnsConfig', 'nameservers').index(i), ip),
    ),
    ...(hostAliases ?? []).flatMap(({ ip }, i) =>
      ipWarnings(at.child('hostAliases').index(i).child('ip'), ip),
    ),
  ];
}

function duplicateWarnings(values: readonly string[], path: string, field: string): string[] {
  const seen = new Set<string>();
  return values.flatMap((value, i) => {
    if (!seen.has(value)) {
      seen.add(value);
      return [];
    }
    return [`${path}[${i}].${field}: duplicate ${field} ${JSON.stringify(value)}`];
  });
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
  const seen = new Set<string>();
  return env.flatMap(({ name, value = '', valueFrom }, i) => {
    if (!seen.has(name)) {
      seen.add(name);
      return [];
    }
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

/** Pairs of ports of one number that are looked at: far more than an answer has room to warn of. */
const portPairsMax = 100_000;

function portWarnings(places: readonly Place[]): string[] {
  const before = new Map<string, { readonly port: ContainerPort; readonly at: string }[]>();
  let pairs = 0;
  return places.flatMap(([{ ports = [] }, path]) =>
    ports.flatMap((port, i) => {
      const { name = '', hostPort = 0, containerPort, protocol = 'TCP', hostIP = '' } = port;
      const at = `${path}.ports[${i}]`;
      const shown = () =>
        `{Name:${name} HostPort:${hostPort} ContainerPort:${containerPort} Protocol:${protocol} HostIP:${hostIP}}`;
      const lonely =
        hostIP !== '' && hostPort === 0 ? [`${at}: hostIP set without hostPort: ${shown()}`] : [];
      const number = `${containerPort}/${protocol}`;
      const others = before.get(number) ?? [];
      pairs += others.length;
      const clashes = (pairs > portPairsMax ? [] : others).flatMap(other => {
        const clash = portClash(port, other.port);
        return clash ? [`${at}: ${clash} port definition with ${other.at}`] : [];
      });
      others.push({ port, at });
      before.set(number, others);
      return [...lonely, ...clashes];
    }),
  );
}

/** A port's name is looked up in all containers that stay: the first has it. */
function portNameWarnings(places: readonly Place[]): string[] {
  const first = new Map<string, string>();
  return places.flatMap(([{ ports = [] }, path]) =>
    ports.flatMap(({ name }, i) => {
      if (!name) return [];
      const at = `${path}.ports[${i}]`;
      const other = first.get(name);
      if (other === undefined) {
        first.set(name, at);
        return [];
      }
      const used = `services and probes that select ports by name will use ${other}`;
      return [`${at}: duplicate port name ${JSON.stringify(name)} with ${other}, ${used}`];
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
  const places = (['initContainers', 'containers', 'ephemeralContainers'] as const).flatMap(list =>
    (spec[list] ?? []).map((container, i): Place => [container as Container, `${path}.${list}[${i}]`]),
  );
  const staying = places.filter(
    ([{ restartPolicy }, at]) => !at.startsWith(`${path}.init`) || restartPolicy === 'Always',
  );
  const secrets = (spec.imagePullSecrets ?? []).map(({ name = '' }) => name);
  const grace = spec.terminationGracePeriodSeconds ?? 0;
  const negative = 'must be >= 0; negative values are invalid and will be treated as 1';
  return [
    ...placementWarnings(spec, path),
    ...deprecatedAnnotations.flatMap(([key, warning]) =>
      key in annotations ? [`${at}metadata.annotations[${key}]: ${warning}`] : [],
    ),
    ...volumeWarnings(spec.volumes ?? [], path),
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
    ...portNameWarnings(staying),
    ...(grace < 0 ? [`${path}.terminationGracePeriodSeconds: ${negative}`] : []),
    ...affinityWarnings(spec.affinity, path),
    ...addressWarnings(spec, path),
  ];
}

/** A warning where pods are named after an object whose name is no DNS label. */
export function nameWarnings(name: string | undefined, used = 'in Pod names and hostnames'): string[] {
  const messages = name ? checkDns1123Label(name) : [];
  if (messages.length === 0) return [];
  const detail = 'which can result in surprising behavior; a DNS label is recommended';
  return [`metadata.name: this is used ${used}, ${detail}: [${messages.join(' ')}]`];
}

/** What a new pod holds that is deprecated or likely a mistake. `known` is what is known of its spec. */
export function podWarnings(pod: Pod, known?: KnownSpec): string[] {
  return [
    ...nameWarnings(pod.metadata.name, "in the Pod's hostname"),
    ...(pod.spec ? warningsOf(pod.spec, pod.metadata, '', known) : []),
  ];
}

/** The same of what is reported of a pod. */
export function podStatusWarnings({ status }: Pod): string[] {
  return (['podIPs', 'hostIPs'] as const).flatMap(name =>
    (status?.[name] ?? []).flatMap(({ ip }, i) =>
      ipWarnings(FieldPath.of('status', name).index(i).child('ip'), ip),
    ),
  );
}

/** The same of a template. */
export function templateWarnings(path: string, template: PodTemplateSpec | undefined): string[] {
  return template?.spec ? warningsOf(template.spec, template.metadata, `${path}.`) : [];
}

interface Workload {
  readonly metadata: { readonly name?: string; readonly generation?: number };
  readonly spec?: { readonly template?: PodTemplateSpec };
}

/** Of a workload's template, when it gets another generation. */
export function workloadWarnings({ metadata, spec }: Workload, old?: Workload): string[] {
  if (old && metadata.generation === old.metadata.generation) return [];
  return templateWarnings('spec.template', spec?.template);
}

/** Of a workload whose pods have its name: of a new one's name too. */
export function namedWorkloadWarnings(workload: Workload, old?: Workload): string[] {
  return [...(old ? [] : nameWarnings(workload.metadata.name)), ...workloadWarnings(workload, old)];
}
