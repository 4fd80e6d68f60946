import { pods } from '#api/generated/refs.ts';
import type { Pod, PodTemplateSpec } from '#api/generated/types/core.v1.ts';
import type { Client } from '#client/client.ts';
import type { EventRecorder } from '#client/events.ts';
import type { KubeObject, OwnerReference } from '#machinery/object.ts';
import { hasReason, StatusError } from '#machinery/status.ts';

/** A new pod as the template has it, owned by `owner`, with a generated name. */
export function podFromTemplate(
  template: PodTemplateSpec | undefined,
  owner: KubeObject,
  reference: OwnerReference,
): Partial<Pod> {
  const { labels, annotations, finalizers } = template?.metadata ?? {};
  return {
    metadata: {
      namespace: owner.metadata.namespace,
      generateName: `${owner.metadata.name}-`,
      ...(labels ? { labels } : {}),
      ...(annotations ? { annotations } : {}),
      ...(finalizers ? { finalizers } : {}),
      ownerReferences: [reference],
    },
    ...(template?.spec ? { spec: template.spec } : {}),
  };
}

/** Creates and deletes pods on behalf of their owner, and tells so in the owner's events. */
export class PodControl {
  readonly #client: Client;
  readonly #events: EventRecorder;

  constructor(client: Client, events: EventRecorder) {
    this.#client = client;
    this.#events = events;
  }

  async create(owner: KubeObject, pod: Partial<Pod>): Promise<Pod> {
    try {
      const created = await this.#client.create(pods, pod);
      this.#events.event(owner, 'Normal', 'SuccessfulCreate', `Created pod: ${created.metadata.name}`);
      return created;
    } catch (error) {
      if (!isNamespaceTerminating(error)) {
        this.#events.event(owner, 'Warning', 'FailedCreate', `Error creating: ${messageOf(error)}`);
      }
      throw error;
    }
  }

  /** A pod that is gone already is deleted well. */
  async delete(owner: KubeObject, pod: Pod): Promise<void> {
    const { namespace, name, uid } = pod.metadata;
    try {
      await this.#client.delete(pods, namespace!, name!, { preconditions: { uid } });
    } catch (error) {
      if (hasReason(error, 'NotFound')) return;
      // Another pod has the name now: the one meant is gone.
      if (hasReason(error, 'Conflict')) return;
      this.#events.event(owner, 'Warning', 'FailedDelete', `Error deleting: ${messageOf(error)}`);
      throw error;
    }
    this.#events.event(owner, 'Normal', 'SuccessfulDelete', `Deleted pod: ${name}`);
  }
}

/** The namespace ends: nothing more can be created in it, and nobody needs to hear of it. */
export function isNamespaceTerminating(error: unknown): boolean {
  if (!(error instanceof StatusError)) return false;
  return error.status.details?.causes?.some(cause => cause.reason === 'NamespaceTerminating') ?? false;
}

export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
