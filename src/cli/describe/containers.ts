import type {
  Container,
  ContainerState,
  ContainerStatus,
  EnvVar,
  Probe,
  ResourceRequirements,
} from '#api/generated/types/core.v1.ts';
import { canonicalQuantity } from '#machinery/quantity.ts';
import { type DescriptionText, longTime } from './text.ts';

/** Resolves a downward API reference of an environment variable; absent in templates. */
export type FieldResolver = (fieldPath: string) => string;

/** The containers of a pod or template. `space` is '' in a pod, two spaces in a template. */
export function describeContainers(
  text: DescriptionText,
  label: string,
  containers: readonly Container[],
  statuses: readonly ContainerStatus[] | undefined,
  resolve: FieldResolver | undefined,
  space: string,
): void {
  text.raw(`${space}${label}:${containers.length === 0 ? ' <none>' : ''}\n`);
  for (const container of containers) {
    const status = statuses?.find(candidate => candidate.name === container.name);
    describeBasics(text, container, status, space);
    describeCommand(text, container);
    if (status) describeStatus(text, status);
    describeResources(text, container.resources, 2);
    describeProbes(text, container);
    if (container.envFrom?.length) describeEnvFrom(text, container);
    describeEnvironment(text, container, resolve);
    describeMounts(text, container);
  }
}

function describeBasics(
  text: DescriptionText,
  container: Container,
  status: ContainerStatus | undefined,
  space: string,
): void {
  text.line(1, `${space ? ' ' : ''}${container.name}:`);
  if (status) text.field(2, 'Container ID', status.containerID);
  text.field(2, 'Image', container.image);
  if (status) text.field(2, 'Image ID', status.imageID);
  const ports = container.ports ?? [];
  const portText = ports.map(
    port => `${port.containerPort}/${port.protocol ?? ''}${port.name ? ` (${port.name})` : ''}`,
  );
  const hostPorts = ports.map(
    port => `${port.hostPort ?? 0}/${port.protocol ?? ''}${port.name ? ` (${port.name})` : ''}`,
  );
  text.field(2, ports.length > 1 ? 'Ports' : 'Port', portText.join(', ') || '<none>');
  text.field(2, ports.length > 1 ? 'Host Ports' : 'Host Port', hostPorts.join(', ') || '<none>');
  const seccomp = container.securityContext?.seccompProfile;
  if (seccomp) {
    text.field(2, 'SeccompProfile', seccomp.type);
    if (seccomp.type === 'Localhost') text.field(3, 'LocalhostProfile', seccomp.localhostProfile);
  }
}

function describeCommand(text: DescriptionText, container: Container): void {
  for (const [title, words] of [
    ['Command', container.command],
    ['Args', container.args],
  ] as const) {
    if (!words?.length) continue;
    text.line(2, `${title}:`);
    for (const word of words) for (const line of word.split('\n')) text.line(3, line);
  }
}

function describeStatus(text: DescriptionText, status: ContainerStatus): void {
  describeState(text, 'State', status.state ?? {});
  if (status.lastState?.terminated) describeState(text, 'Last State', status.lastState);
  text.field(2, 'Ready', status.ready ? 'True' : 'False');
  text.field(2, 'Restart Count', status.restartCount ?? 0);
}

function describeState(text: DescriptionText, title: string, state: ContainerState): void {
  if (state.running) {
    text.field(2, title, 'Running').field(3, 'Started', longTime(state.running.startedAt));
    return;
  }
  const { terminated } = state;
  if (!terminated) {
    text.field(2, title, 'Waiting');
    if (state.waiting?.reason) text.field(3, 'Reason', state.waiting.reason);
    return;
  }
  text.field(2, title, 'Terminated');
  if (terminated.reason) text.field(3, 'Reason', terminated.reason);
  if (terminated.message) text.field(3, 'Message', terminated.message);
  text.field(3, 'Exit Code', terminated.exitCode);
  if (terminated.signal) text.field(3, 'Signal', terminated.signal);
  text.field(3, 'Started', longTime(terminated.startedAt));
  text.field(3, 'Finished', longTime(terminated.finishedAt));
}

export function describeResources(
  text: DescriptionText,
  resources: ResourceRequirements | undefined,
  level: number,
): void {
  for (const [title, list] of [
    ['Limits', resources?.limits],
    ['Requests', resources?.requests],
  ] as const) {
    const names = Object.keys(list ?? {}).sort();
    if (names.length > 0) text.line(level, `${title}:`);
    for (const name of names) text.field(level + 1, name, canonicalQuantity(list![name]!));
  }
}

function describeProbes(text: DescriptionText, container: Container): void {
  if (container.livenessProbe) text.field(2, 'Liveness', probeText(container.livenessProbe));
  if (container.readinessProbe) text.field(2, 'Readiness', probeText(container.readinessProbe));
  if (container.startupProbe) text.field(2, 'Startup', probeText(container.startupProbe));
}

function probeText(probe: Probe): string {
  const attributes = `delay=${probe.initialDelaySeconds ?? 0}s timeout=${probe.timeoutSeconds ?? 0}s period=${probe.periodSeconds ?? 0}s #success=${probe.successThreshold ?? 0} #failure=${probe.failureThreshold ?? 0}`;
  if (probe.exec) return `exec [${(probe.exec.command ?? []).join(' ')}] ${attributes}`;
  if (probe.httpGet) {
    const { scheme = 'HTTP', host = '', port, path = '' } = probe.httpGet;
    return `http-get ${scheme.toLowerCase()}://${host}:${port}${path} ${attributes}`;
  }
  if (probe.tcpSocket)
    return `tcp-socket ${probe.tcpSocket.host ?? ''}:${probe.tcpSocket.port} ${attributes}`;
  if (probe.grpc) return `grpc <pod>:${probe.grpc.port} ${probe.grpc.service ?? ''} ${attributes}`;
  return `unknown ${attributes}`;
}

function describeEnvFrom(text: DescriptionText, container: Container): void {
  text.line(2, 'Environment Variables from:');
  for (const { configMapRef, secretRef, prefix } of container.envFrom ?? []) {
    const ref = configMapRef ?? secretRef;
    const from = configMapRef ? 'ConfigMap' : secretRef ? 'Secret' : '';
    const prefixed = prefix ? `${from} with prefix '${prefix}'` : from;
    text.line(3, `${ref?.name ?? ''}\t${prefixed}\tOptional: ${ref?.optional ?? false}`);
  }
}

function describeEnvironment(
  text: DescriptionText,
  container: Container,
  resolve: FieldResolver | undefined,
): void {
  text.line(2, `Environment:${container.env?.length ? '' : '\t<none>'}`);
  for (const variable of container.env ?? []) describeVariable(text, variable, container, resolve);
}

function describeVariable(
  text: DescriptionText,
  { name, value = '', valueFrom }: EnvVar,
  container: Container,
  resolve: FieldResolver | undefined,
): void {
  if (!valueFrom) {
    value.split('\n').forEach((line, i) => {
      text.line(3, i === 0 ? `${name}:\t${line}` : `\t${line}`);
    });
    return;
  }
  const { fieldRef, resourceFieldRef, secretKeyRef, configMapKeyRef } = valueFrom;
  if (fieldRef)
    text.line(
      3,
      `${name}:\t${resolve?.(fieldRef.fieldPath) ?? ''} (${fieldRef.apiVersion ?? 'v1'}:${fieldRef.fieldPath})`,
    );
  else if (resourceFieldRef)
    text.line(
      3,
      `${name}:\t${resourceText(container, resourceFieldRef.resource)} (${resourceFieldRef.resource})`,
    );
  else if (secretKeyRef)
    text.line(
      3,
      `${name}:\t<set to the key '${secretKeyRef.key}' in secret '${secretKeyRef.name}'>\tOptional: ${secretKeyRef.optional ?? false}`,
    );
  else if (configMapKeyRef)
    text.line(
      3,
      `${name}:\t<set to the key '${configMapKeyRef.key}' of config map '${configMapKeyRef.name}'>\tOptional: ${configMapKeyRef.optional ?? false}`,
    );
}

function resourceText(container: Container, resource: string): string {
  const [list, name = ''] = resource.split('.');
  const found =
    list === 'limits' ? container.resources?.limits?.[name] : container.resources?.requests?.[name];
  if (found !== undefined) return canonicalQuantity(found);
  return list === 'limits' && (name === 'cpu' || name === 'memory') ? 'node allocatable' : '0';
}

function describeMounts(text: DescriptionText, container: Container): void {
  const mounts = [...(container.volumeMounts ?? [])].sort((a, b) => (a.mountPath < b.mountPath ? -1 : 1));
  text.line(2, `Mounts:${mounts.length === 0 ? '\t<none>' : ''}`);
  for (const { mountPath, name, readOnly, subPath } of mounts) {
    const flags = [readOnly ? 'ro' : 'rw', ...(subPath ? [`path=${JSON.stringify(subPath)}`] : [])];
    text.line(3, `${mountPath} from ${name} (${flags.join(',')})`);
  }
  const devices = container.volumeDevices ?? [];
  if (devices.length > 0) text.line(2, 'Devices:');
  for (const { devicePath, name } of devices) text.line(3, `${devicePath} from ${name}`);
}
