import type { KubeObject } from '#machinery/object.ts';
import type { Annotate } from '../audit/trail.ts';
import type { UserInfo } from '../identity.ts';
import type { ServedResource } from '../resources/served.ts';

/** meta.k8s.io GroupVersionKind. */
export interface GroupVersionKind {
  readonly group: string;
  readonly version: string;
  readonly kind: string;
}

/** One write, as admission sees it (admission.k8s.io AdmissionRequest). */
export interface AdmissionRequest {
  readonly operation: 'CREATE' | 'UPDATE' | 'DELETE' | 'CONNECT';
  /** Of the request, as authorizers see it: an update may be a patch. */
  readonly verb: string;
  readonly served: ServedResource;
  readonly subresource: string;
  readonly namespace: string;
  /** '' where it is still to be generated, and for each object of a collection that is deleted. */
  readonly name: string;
  /** Of `object` where that is no object of the resource itself (Scale, Eviction, PodExecOptions, …). */
  readonly kind?: GroupVersionKind;
  /**
   * The new object: mutable while mutating, of the storage version unless `kind` is set. Absent for DELETE. While a new one
   * mutates it has neither uid nor creationTimestamp, nor a name that is to be generated.
   */
  readonly object: KubeObject | undefined;
  /** The stored object, frozen. Absent for CREATE and CONNECT. */
  readonly old: KubeObject | undefined;
  readonly user: UserInfo;
  readonly dryRun: boolean;
  /** The options of the write as the client gave them, without kind: CreateOptions, UpdateOptions, DeleteOptions. */
  options(): Readonly<Record<string, unknown>>;
  /** When nobody waits for the answer any more, on the monotonic clock. */
  deadlineMs(): number;
  warn(message: string): void;
  /** Notes something about the request in the audit log. */
  readonly annotate: Annotate;
}
