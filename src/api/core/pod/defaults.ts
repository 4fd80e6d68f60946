import type { ObjectMeta } from '#machinery/object.ts';
import { imageTag } from '../../image-name.ts';
import { referenceProblem } from '#machinery/image-reference.ts';
import type {
  Container,
  EphemeralContainer,
  Lifecycle,
  Pod,
  PodSpec,
  PodStatus,
  PodTemplateSpec,
  Probe,
  Volume,
  VolumeProjection,
} from '../../generated/types/core.v1.ts';
import { setPodResourceDefaults } from './resource-defaults.ts';

const defaultFileMode = 0o644;
const tokenLifetimeSeconds = 3600;

type HttpGet = NonNullable<Probe['httpGet']>;
type DownwardItems = NonNullable<NonNullable<Volume['downwardAPI']>['items']>;
type AnyContainer = Container | EphemeralContainer;

function setHttpGetDefaults(action: HttpGet | undefined): void {
  if (!action) return;
  action.path ||= '/';
  action.scheme ||= 'HTTP';
}

function setProbeDefaults(probe: Probe | undefined): void {
  if (!probe) return;
  probe.timeoutSeconds ||= 1;
  probe.periodSeconds ||= 10;
  probe.successThreshold ||= 1;
  probe.failureThreshold ||= 3;
  setHttpGetDefaults(probe.httpGet);
}

function setLifecycleDefaults(lifecycle: Lifecycle | undefined): void {
  setHttpGetDefaults(lifecycle?.postStart?.httpGet);
  setHttpGetDefaults(lifecycle?.preStop?.httpGet);
}

/** Without a tag and a digest an image is its latest one, which must be pulled each time. What names no image has no tag. */
function pullPolicyOf(image = ''): string {
  const isLatest = imageTag(image) === 'latest' && referenceProblem(image) === undefined;
  return isLatest ? 'Always' : 'IfNotPresent';
}

function setContainerDefaults(container: AnyContainer): void {
  container.imagePullPolicy ||= pullPolicyOf(container.image);
  container.terminationMessagePath ||= '/dev/termination-log';
  container.terminationMessagePolicy ||= 'File';
  for (const port of container.ports ?? []) port.protocol ||= 'TCP';
  for (const { valueFrom } of container.env ?? []) {
    if (valueFrom?.fieldRef) valueFrom.fieldRef.apiVersion ||= 'v1';
    if (valueFrom?.fileKeyRef) valueFrom.fileKeyRef.optional ??= false;
  }
  setProbeDefaults(container.livenessProbe);
  setProbeDefaults(container.readinessProbe);
  setProbeDefaults(container.startupProbe);
  setLifecycleDefaults(container.lifecycle);
}

function setDownwardDefaults(items: DownwardItems | undefined): void {
  for (const { fieldRef } of items ?? []) if (fieldRef) fieldRef.apiVersion ||= 'v1';
}

function setProjectionDefaults({ serviceAccountToken, downwardAPI }: VolumeProjection): void {
  if (serviceAccountToken) serviceAccountToken.expirationSeconds ??= tokenLifetimeSeconds;
  setDownwardDefaults(downwardAPI?.items);
}

function setVolumeDefaults(volume: Volume): void {
  const hasSource = Object.keys(volume).some(
    key => key !== 'name' && volume[key as keyof Volume] !== undefined,
  );
  if (!hasSource) volume.emptyDir = {};
  const { secret, configMap, downwardAPI, projected, hostPath, ephemeral, image } = volume;
  if (secret) secret.defaultMode ??= defaultFileMode;
  if (configMap) configMap.defaultMode ??= defaultFileMode;
  if (downwardAPI) downwardAPI.defaultMode ??= defaultFileMode;
  setDownwardDefaults(downwardAPI?.items);
  if (projected) projected.defaultMode ??= defaultFileMode;
  for (const source of projected?.sources ?? []) setProjectionDefaults(source);
  if (hostPath) hostPath.type ??= '';
  const claim = ephemeral?.volumeClaimTemplate?.spec;
  if (claim) claim.volumeMode ??= 'Filesystem';
  if (image) image.pullPolicy ||= pullPolicyOf(image.reference);
}

/** The deprecated name of the field always stands beside the new one. */
export function mirrorServiceAccount(spec: PodSpec): void {
  const name = spec.serviceAccountName || spec.serviceAccount;
  if (!name) return;
  spec.serviceAccountName = name;
  spec.serviceAccount = name;
}

/** Defaults of a pod's spec, in a pod or in a template. */
export function setPodSpecDefaults(spec: PodSpec): void {
  spec.dnsPolicy ||= 'ClusterFirst';
  spec.restartPolicy ||= 'Always';
  spec.securityContext ??= {};
  spec.terminationGracePeriodSeconds ??= 30;
  spec.schedulerName ||= 'default-scheduler';
  mirrorServiceAccount(spec);
  for (const volume of spec.volumes ?? []) setVolumeDefaults(volume);
  for (const container of spec.initContainers ?? []) setContainerDefaults(container);
  for (const container of spec.containers ?? []) setContainerDefaults(container);
  for (const container of spec.ephemeralContainers ?? []) setContainerDefaults(container);
}

/** Defaults of the pod template that a workload holds. */
export function setPodTemplateDefaults(template: PodTemplateSpec | undefined): void {
  dropOldAnnotations(template?.metadata);
  if (template?.spec) setPodSpecDefaults(template.spec);
}

/**
 * What features ask for that are off by default is not kept: bundles of trust (KEP-3257), pods' certificates (KEP-4317),
 * groups of pods (KEP-4671) and signals to stop with (KEP-4960).
 */
export function dropDisabled(spec: PodSpec | undefined): void {
  if (!spec) return;
  delete spec.schedulingGroup;
  for (const { projected } of spec.volumes ?? []) {
    for (const source of projected?.sources ?? []) {
      delete source.clusterTrustBundle;
      delete source.podCertificate;
    }
  }
  for (const list of [spec.initContainers, spec.containers, spec.ephemeralContainers]) {
    for (const container of list ?? []) dropStopSignal(container);
  }
}

function dropStopSignal(container: { lifecycle?: Lifecycle }): void {
  if (container.lifecycle?.stopSignal === undefined) return;
  delete container.lifecycle.stopSignal;
  if (Object.keys(container.lifecycle).length === 0) delete container.lifecycle;
}

/** Init containers were annotations once, and clients of that time send both: they are not kept. */
const oldAnnotations = ['beta', 'alpha'].flatMap(stage =>
  ['init-containers', 'init-container-statuses'].map(name => `pod.${stage}.kubernetes.io/${name}`),
);

function dropOldAnnotations(metadata: ObjectMeta | undefined): void {
  const { annotations } = metadata ?? {};
  if (!metadata || !annotations || !oldAnnotations.some(name => name in annotations)) return;
  for (const name of oldAnnotations) delete annotations[name];
  if (Object.keys(annotations).length === 0) delete metadata.annotations;
}

function setHostPorts(containers: readonly Container[] | undefined): void {
  for (const container of containers ?? []) {
    for (const port of container.ports ?? []) port.hostPort ||= port.containerPort;
  }
}

/** podIP is the first of podIPs; where they say otherwise, it is believed: older kubelets know no more. */
function setAddresses(status: PodStatus): void {
  const { podIP } = status;
  if (podIP && podIP !== status.podIPs?.[0]?.ip) status.podIPs = [{ ip: podIP }];
  if (status.podIPs?.[0]?.ip) status.podIP = status.podIPs[0].ip;
}

/** Defaults of a pod itself: those of its spec, and some that templates do not get. */
export function setPodDefaults(pod: Pod): void {
  const { spec, status } = pod;
  dropOldAnnotations(pod.metadata);
  if (status) setAddresses(status);
  if (!spec) return;
  setPodSpecDefaults(spec);
  setPodResourceDefaults(spec);
  spec.enableServiceLinks ??= true;
  // Of pods alone: a template keeps what it says.
  if (spec.terminationGracePeriodSeconds! < 0) spec.terminationGracePeriodSeconds = 1;
  if (!spec.hostNetwork) return;
  setHostPorts(spec.containers);
  setHostPorts(spec.initContainers);
}
