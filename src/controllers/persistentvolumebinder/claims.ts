import { persistentVolumeClaims } from '#api/generated/refs.ts';
import type { PersistentVolume, PersistentVolumeClaim, Pod } from '#api/generated/types/core.v1.ts';
import type { StorageClass } from '#api/generated/types/storage.v1.ts';
import type { Informer } from '#client/informer.ts';
import { objectKey } from '#machinery/object.ts';
import type { ControllerEnvironment } from '#runtime/controller.ts';
import { isPodTerminal } from '../shared/pods.ts';
import { bind, setClaimPhase } from './binding.ts';
import { compareText, timeMs } from '../shared/time.ts';
import { annotations, className, isClaimedBy, mismatch, volumesFor } from '#runtime/volume-matching.ts';

interface Caches {
  readonly volumes: Informer<PersistentVolume>;
  readonly classes: Informer<StorageClass>;
  /** The pods that mount a claim, by its key. */
  readonly podsOf: (key: string) => readonly Pod[];
}

/** Of provisioners that were part of Kubernetes: none is any more. */
const inTreePrefix = 'kubernetes.io/';
/** Drivers that do the work of those that were, by the last part of their names (CSI migration). */
const drivers = new Map([
  ['aws-ebs', 'ebs.csi.aws.com'],
  ['azure-disk', 'disk.csi.azure.com'],
  ['azure-file', 'file.csi.azure.com'],
  ['cinder', 'cinder.csi.openstack.org'],
  ['gce-pd', 'pd.csi.storage.gke.io'],
  ['portworx-volume', 'pxd.portworx.com'],
  ['vsphere-volume', 'csi.vsphere.vmware.com'],
]);

/** Who makes the volumes of a class; undefined: nobody can. */
function makerOf({ provisioner }: StorageClass): string | undefined {
  if (!provisioner.startsWith(inTreePrefix)) return provisioner;
  return drivers.get(provisioner.slice(inTreePrefix.length));
}

/** One look at a claim: what binds it, or why nothing does yet. */
export class ClaimSync {
  readonly #environment: ControllerEnvironment;
  readonly #caches: Caches;

  constructor(environment: ControllerEnvironment, caches: Caches) {
    this.#environment = environment;
    this.#caches = caches;
  }

  async sync(claim: PersistentVolumeClaim): Promise<void> {
    if (claim.metadata.annotations?.[annotations.bindCompleted]) return this.#syncBound(claim);
    if (claim.metadata.deletionTimestamp) return;
    if (claim.spec?.volumeName) return this.#syncNamed(claim, claim.spec.volumeName);
    const [volume] = volumesFor(claim, this.#caches.volumes.list()).toSorted(byAccessModes);
    // Where the class waits for a pod the scheduler chooses, but not among what was made for this claim.
    if (volume && (!this.#leftToScheduler(claim) || isClaimedBy(volume, claim)))
      return bind(this.#environment.client, volume, claim);
    if (await this.#classLater(claim)) return;
    await this.#explain(await this.#pending(claim));
  }

  /** A claim that was made before there was a default class gets it now (KEP-3333); the change runs the claim again. */
  async #classLater(claim: PersistentVolumeClaim): Promise<boolean> {
    const { metadata, spec } = claim;
    const isGiven = metadata.annotations?.[annotations.betaClass] ?? spec?.storageClassName;
    const storageClassName = defaultClass(this.#caches.classes.list());
    if (isGiven !== undefined || storageClassName === undefined) return false;
    await this.#environment.client.update(persistentVolumeClaims, {
      ...claim,
      spec: { ...spec, storageClassName },
    });
    return true;
  }

  #pending(claim: PersistentVolumeClaim): Promise<PersistentVolumeClaim> {
    return setClaimPhase(this.#environment.client, claim, 'Pending');
  }

  #classOf(claim: PersistentVolumeClaim): StorageClass | undefined {
    return this.#caches.classes.get(className(claim));
  }

  #leftToScheduler(claim: PersistentVolumeClaim): boolean {
    return this.#classOf(claim)?.volumeBindingMode === 'WaitForFirstConsumer';
  }

  #waitsForPod(claim: PersistentVolumeClaim): boolean {
    return this.#leftToScheduler(claim) && !claim.metadata.annotations?.[annotations.selectedNode];
  }

  /** The claim names its volume: it gets that or none. */
  async #syncNamed(claim: PersistentVolumeClaim, name: string): Promise<void> {
    const volume = this.#caches.volumes.get(name);
    if (!volume) return void (await this.#pending(claim));
    const isFree = !volume.spec?.claimRef;
    if (!isFree && !isClaimedBy(volume, claim)) {
      const text = `volume ${JSON.stringify(name)} already bound to a different claim.`;
      this.#environment.events.event(claim, 'Warning', 'FailedBinding', text);
      return void (await this.#pending(claim));
    }
    const problem = isFree ? mismatch(volume, claim) : undefined;
    if (!problem) return bind(this.#environment.client, volume, claim);
    const text = `Cannot bind to requested volume "${name}": ${problem}`;
    this.#environment.events.event(claim, 'Warning', 'VolumeMismatch', text);
    await this.#pending(claim);
  }

  async #syncBound(claim: PersistentVolumeClaim): Promise<void> {
    const name = claim.spec?.volumeName;
    if (!name)
      return this.#lost(
        claim,
        'ClaimLost',
        'Bound claim has lost reference to PersistentVolume. Data on the volume is lost!',
      );
    const volume = this.#caches.volumes.get(name);
    if (!volume)
      return this.#lost(
        claim,
        'ClaimLost',
        'Bound claim has lost its PersistentVolume. Data on the volume is lost!',
      );
    if (!volume.spec?.claimRef || isClaimedBy(volume, claim))
      return bind(this.#environment.client, volume, claim);
    return this.#lost(
      claim,
      'ClaimMisbound',
      'Two claims are bound to the same volume, this one is bound incorrectly',
    );
  }

  async #lost(claim: PersistentVolumeClaim, reason: string, message: string): Promise<void> {
    if (claim.status?.phase === 'Lost') return;
    await setClaimPhase(this.#environment.client, claim, 'Lost');
    this.#environment.events.event(claim, 'Warning', reason, message);
  }

  #explainWait(claim: PersistentVolumeClaim): void {
    const waiting = this.#caches
      .podsOf(objectKey(claim))
      .filter(pod => !pod.spec?.nodeName && !isPodTerminal(pod))
      .map(pod => pod.metadata.name!)
      .sort();
    const [reason, message] =
      waiting.length === 0
        ? ['WaitForFirstConsumer', 'waiting for first consumer to be created before binding']
        : [
            'WaitForPodScheduled',
            `waiting for pod${waiting.length > 1 ? 's' : ''} ${waiting.join(',')} to be scheduled`,
          ];
    this.#environment.events.event(claim, 'Normal', reason!, message!);
  }

  /** Says what the claim waits for; asks the class's provisioner where there is one. */
  async #explain(claim: PersistentVolumeClaim): Promise<void> {
    const { client, events } = this.#environment;
    const say = (reason: string, message: string, type: 'Normal' | 'Warning' = 'Normal') =>
      events.event(claim, type, reason, message);
    if (this.#waitsForPod(claim)) return this.#explainWait(claim);
    const name = className(claim);
    if (name === '')
      return say(
        'FailedBinding',
        'no persistent volumes available for this claim and no storage class is set',
      );
    const found = this.#classOf(claim);
    if (!found)
      return say('ProvisioningFailed', `storageclass.storage.k8s.io "${name}" not found`, 'Warning');
    const provisioner = makerOf(found);
    if (provisioner === undefined)
      return say('ProvisioningFailed', `no volume plugin matched name: ${found.provisioner}`, 'Warning');
    const { annotations: known = {} } = claim.metadata;
    if (known[annotations.provisioner] !== provisioner) {
      const asked = { [annotations.provisioner]: provisioner, [annotations.betaProvisioner]: provisioner };
      const metadata = { ...claim.metadata, annotations: { ...known, ...asked } };
      await client.update(persistentVolumeClaims, { ...claim, metadata });
    }
    say(
      'ExternalProvisioning',
      `Waiting for a volume to be created either by the external provisioner '${provisioner}' or manually by the system administrator. If volume creation is delayed, please verify that the provisioner is running and correctly registered.`,
    );
  }
}

/** A volume that allows more than is asked for is kept for those who ask. */
function byAccessModes(a: PersistentVolume, b: PersistentVolume): number {
  return (a.spec?.accessModes?.length ?? 0) - (b.spec?.accessModes?.length ?? 0);
}

/** The newest of the classes that are marked as the default one; of two as new, the first by name. */
function defaultClass(classes: readonly StorageClass[]): string | undefined {
  const createdMs = ({ metadata }: StorageClass) => timeMs(metadata.creationTimestamp);
  const [first] = classes
    .filter(
      ({ metadata }) => metadata.annotations?.['storageclass.kubernetes.io/is-default-class'] === 'true',
    )
    .sort((a, b) => createdMs(b) - createdMs(a) || compareText(a.metadata.name!, b.metadata.name!));
  return first?.metadata.name;
}
