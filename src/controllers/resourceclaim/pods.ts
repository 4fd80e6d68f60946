import { pods as podsRef, resourceClaims } from '#api/generated/refs.ts';
import type { Pod, PodResourceClaim } from '#api/generated/types/core.v1.ts';
import type { ResourceClaim, ResourceClaimTemplate } from '#api/generated/types/resource.v1.ts';
import type { Informer, Lister } from '#client/informer.ts';
import { controllerOf } from '#machinery/object.ts';
import type { ControllerEnvironment, ReconcileResult } from '#runtime/controller.ts';
import { controllerReference } from '#runtime/ownership.ts';
import { isMadeFor, isReservedFor, namedClaim, reservedForMax } from '#runtime/pod-claims.ts';
import { owned } from '../shared/owned.ts';
import { messageOf } from '../shared/pod-control.ts';
import { isPodDone } from '../shared/pods.ts';
import { unseenMs } from '../shared/unseen.ts';

/** Says which of the pod's claims a ResourceClaim was made for. */
export const podClaimAnnotation = 'resource.kubernetes.io/pod-claim-name';
const fieldManager = 'ResourceClaimController';
const baseMax = 57;

interface Caches {
  readonly pods: Lister<Pod>;
  readonly claims: Informer<ResourceClaim>;
  readonly templates: Lister<ResourceClaimTemplate>;
}

/** Gives pods the claims that their templates call for, and reserves those of pods that got a node without a scheduler. */
export class PodSync {
  readonly #environment: ControllerEnvironment;
  readonly #caches: Caches;
  /** Made, but not in the cache yet, by the pod's uid. */
  readonly #made = new Map<string, ResourceClaim[]>();
  /** Uids of pods with a claim that may have been made though the answer says otherwise. */
  readonly #doubtful = new Set<string>();

  constructor(environment: ControllerEnvironment, caches: Caches) {
    this.#environment = environment;
    this.#caches = caches;
  }

  forget(pod: Pod): void {
    this.#made.delete(pod.metadata.uid!);
    this.#doubtful.delete(pod.metadata.uid!);
  }

  /** The cache knows of the claim now, or that it is gone. */
  seen(claim: ResourceClaim): void {
    const podUid = controllerOf(claim)?.uid ?? '';
    const left = this.#made.get(podUid)?.filter(({ metadata }) => metadata.uid !== claim.metadata.uid);
    if (left?.length) this.#made.set(podUid, left);
    else this.#made.delete(podUid);
  }

  async sync(key: string): Promise<ReconcileResult> {
    const pod = this.#caches.pods.get(key);
    if (!pod || pod.metadata.deletionTimestamp || isPodDone(pod)) return {};
    const names = new Map<string, string>();
    for (const claim of pod.spec?.resourceClaims ?? []) {
      try {
        const name = await this.#ensure(pod, claim);
        if (name !== undefined) names.set(claim.name, name);
      } catch (error) {
        const text = `PodResourceClaim ${claim.name}: ${messageOf(error)}`;
        this.#environment.events.event(pod, 'Warning', 'FailedResourceClaimCreation', text);
        throw new Error(`pod ${key}, ${text}`);
      }
    }
    const current = names.size > 0 ? await this.#tell(pod, names) : pod;
    // Where a scheduler places the pod, it reserves too.
    if (pod.spec?.nodeName) await this.#reserve(current);
    return names.size > 0 ? { requeueAfterMs: unseenMs } : {};
  }

  /** Resolves to the name where the pod's status has to learn it. */
  async #ensure(pod: Pod, claim: PodResourceClaim): Promise<string | undefined> {
    const known = namedClaim(pod, claim);
    if (known === null || claim.resourceClaimTemplateName === undefined) return undefined;
    const found = known && this.#caches.claims.get(`${pod.metadata.namespace}/${known.name}`);
    if (found && isMadeFor(pod, found)) return undefined;
    if (this.#doubtful.has(pod.metadata.uid!)) await this.#look(pod);
    const existing = this.#existing(pod, claim);
    return (existing ?? (await this.#create(pod, claim, claim.resourceClaimTemplateName))).metadata.name;
  }

  /** One that was made before the status could say so. */
  #existing(pod: Pod, claim: PodResourceClaim): ResourceClaim | undefined {
    const made = this.#made.get(pod.metadata.uid!) ?? [];
    return [...owned(this.#caches.claims, pod), ...made].find(
      ({ metadata }) => metadata.annotations?.[podClaimAnnotation] === claim.name,
    );
  }

  /** The cache may be behind what was made: a name that the server chose tells a second claim from the first in no way. */
  async #look(pod: Pod): Promise<void> {
    const { namespace, uid } = pod.metadata;
    const { items } = await this.#environment.client.list(resourceClaims, namespace!);
    this.#doubtful.delete(uid!);
    this.#made.set(
      uid!,
      items.filter(claim => isMadeFor(pod, claim)),
    );
  }

  async #create(pod: Pod, claim: PodResourceClaim, templateName: string): Promise<ResourceClaim> {
    const template = this.#caches.templates.get(`${pod.metadata.namespace}/${templateName}`);
    if (!template) {
      const text = `resourceclaimtemplate.resource.k8s.io "${templateName}" not found`;
      throw new Error(`resource claim template "${templateName}": ${text}`);
    }
    const { labels, annotations } = template.spec.metadata ?? {};
    const { uid } = pod.metadata;
    const generateName = baseName(pod.metadata.name!, claim.name);
    let created: ResourceClaim;
    try {
      created = await this.#environment.client.create(resourceClaims, {
        metadata: {
          namespace: pod.metadata.namespace,
          generateName,
          ownerReferences: [controllerReference(podsRef, pod)],
          annotations: { ...annotations, [podClaimAnnotation]: claim.name },
          ...(labels ? { labels } : {}),
        },
        spec: template.spec.spec,
      });
    } catch (error) {
      this.#doubtful.add(uid!);
      throw new Error(`create ResourceClaim : ${messageOf(error)}`);
    }
    this.#made.set(uid!, [...(this.#made.get(uid!) ?? []), created]);
    return created;
  }

  /** Resolves to the pod with its new status. */
  #tell(pod: Pod, names: ReadonlyMap<string, string>): Promise<Pod> {
    const { namespace, name, uid } = pod.metadata;
    const known = (pod.status?.resourceClaimStatuses ?? []).filter(status => !names.has(status.name));
    const fresh = [...names].map(([claim, resourceClaimName]) => ({ name: claim, resourceClaimName }));
    const status = { resourceClaimStatuses: [...known, ...fresh] };
    const body = { apiVersion: 'v1', kind: 'Pod', metadata: { namespace, name, uid }, status };
    const options = { subresource: 'status', fieldManager, force: true };
    return this.#environment.client.patch(podsRef, namespace!, name!, 'apply', body, options);
  }

  async #reserve(pod: Pod): Promise<void> {
    for (const podClaim of pod.spec?.resourceClaims ?? []) {
      const named = namedClaim(pod, podClaim);
      const claim = named && this.#caches.claims.get(`${pod.metadata.namespace}/${named.name}`);
      if (!claim?.status?.allocation || isReservedFor(pod, claim)) continue;
      if (named!.made && !isMadeFor(pod, claim)) continue;
      const { reservedFor = [] } = claim.status;
      if (reservedFor.length >= reservedForMax) continue;
      const consumer = { resource: 'pods', name: pod.metadata.name!, uid: pod.metadata.uid! };
      const status = { ...claim.status, reservedFor: [...reservedFor, consumer] };
      await this.#environment.client.updateStatus(resourceClaims, { ...claim, status });
    }
  }
}

/** <pod>-<claim>-, with both cut by the same share where a generated end would not fit. */
function baseName(pod: string, claim: string): string {
  const whole = `${pod}-${claim}-`;
  if (whole.length <= baseMax) return whole;
  const cut = (text: string) => text.slice(0, Math.floor((text.length * baseMax) / whole.length));
  return `${cut(pod)}-${cut(claim)}`;
}
