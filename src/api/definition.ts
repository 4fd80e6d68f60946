import type { Steps } from '#base/steps.ts';
import type { FieldError } from '#machinery/field.ts';
import type { KubeObject, ObjectMeta, ResourceRef } from '#machinery/object.ts';
import type { TableRowCondition } from '#machinery/table.ts';

/** What a strategy may know of the request that it serves. */
export interface StrategyContext {
  /** Milliseconds since the epoch. */
  readonly nowMs: number;
  /** User name of the caller. */
  readonly user: string;
  /** What else is known of the caller. Absent: nothing. */
  readonly caller?: {
    readonly uid?: string;
    readonly groups: readonly string[];
    readonly extra?: Readonly<Record<string, readonly string[]>>;
  };
  /** '' for the object itself. */
  readonly subresource: string;
  /** The labels of the object's namespace. Absent: nothing is known of it. */
  readonly namespaceLabels?: () => Readonly<Record<string, string>> | undefined;
  /** What is wrong with the object's metadata. */
  readonly earlierErrors?: readonly FieldError[];
  /** Warnings for the client (HTTP Warning headers, code 299). */
  warn(message: string): void;
}

/** How metadata is judged. */
export type MetadataPass = 'create' | 'update';

/** A column of `kubectl get` (metav1.TableColumnDefinition). Priority 0 always shows, 1 with -o wide. */
export interface Column {
  readonly name: string;
  readonly type: 'string' | 'integer' | 'number' | 'boolean' | 'date';
  readonly format?: string;
  readonly description?: string;
  readonly priority?: number;
}

/**
 * How objects of one kind are admitted to the store. Hooks are pure and synchronous; they change `object` in
 * place (a private, mutable copy) and never `old` (frozen). What the generic path does for every kind (names, uid,
 * timestamps, generation, owner references, finalizers, immutable metadata) is not repeated here.
 */
export interface Strategy<T extends KubeObject = KubeObject> {
  /** Defaults beyond those that the schema facts give. Runs on every decode, so it must be idempotent. */
  readonly setDefaults?: (object: T) => void;
  /**
   * Drops what belongs to features that are off, of a new object or of an update of its spec. Who asked for it is told of as
   * its manager, for that is followed before.
   */
  readonly dropDisabled?: (object: T) => void;
  /** Drops what a client may not set. The generic path has dropped `status` already where /status exists. */
  readonly prepareForCreate?: (object: T, context: StrategyContext) => void;
  /**
   * Carries over what an update of the resource, or of a part of it that is no status, may not change. `status` is
   * carried over already where it is no part.
   */
  readonly prepareForUpdate?: (object: T, old: T, context: StrategyContext) => void;
  /** `old` is what an update changes. */
  readonly validate?: (object: T, context: StrategyContext, old?: T) => FieldError[];
  /** Instead of `validate` where objects are so large that this takes long. */
  readonly validateInSteps?: (object: T, context: StrategyContext, old?: T) => Steps<FieldError[]>;
  /** Runs after `validate` does on the new object, for what only a comparison shows. */
  readonly validateUpdate?: (object: T, old: T, context: StrategyContext) => FieldError[];
  /** What the client is warned of once the object is known to be valid. `old` is what an update changes. */
  readonly warnings?: (object: T, old?: T) => readonly string[];
  /** The same of a write of /status. */
  readonly statusWarnings?: (object: T) => readonly string[];
  /** Metadata that a write of /status leaves as it is: all of it, or some of its fields. Default: none. */
  readonly statusKeeps?: 'metadata' | readonly Exclude<keyof ObjectMeta, 'managedFields'>[];
  /** For writes of /status: the generic path has put back already what they do not reach. */
  readonly prepareForStatusUpdate?: (object: T, old: T, context: StrategyContext) => void;
  readonly validateStatusUpdate?: (object: T, old: T, context: StrategyContext) => FieldError[];
  /**
   * In what order a kind judges the metadata of an update, or of a write of /status, which is judged for every kind already:
   * as a new object's, or as a change. Default: as a change.
   */
  readonly metadataPasses?: {
    readonly update?: readonly MetadataPass[];
    readonly status?: readonly MetadataPass[];
  };
  /** A finalizer has a domain, or is one of Kubernetes' own. */
  readonly qualifiedFinalizers?: boolean;
  /** How names are checked. Default: DNS-1123 subdomain. */
  readonly nameRule?: 'dns1123Subdomain' | 'dns1123Label' | 'pathSegment' | ((name: string) => string[]);
  /** PUT on a missing name creates it. Default false. */
  readonly allowCreateOnUpdate?: boolean;
  /** A create may say the status too, though it has a subresource: nodes register themselves with theirs. Default false. */
  readonly createsStatus?: boolean;
  /** PUT without resourceVersion is taken. Default true. */
  readonly allowUnconditionalUpdate?: boolean;
  /**
   * Objects count their spec's versions in metadata.generation, or stay at the first. 'literal': an empty list that was sent
   * where there is none makes another version. Default: whether there is a status subresource.
   */
  readonly generation?: boolean | 'first' | 'literal';
  /**
   * Seconds between the request to delete an object and its end, for kinds that end gracefully (pods). `requested`
   * is the client's wish. Absent: at once.
   */
  readonly gracePeriodSeconds?: (object: T, requested: number | undefined) => number;
  /**
   * The object stays, though deleted and without metadata.finalizers (a Namespace's spec.finalizers): it shows since when,
   * and no grace period.
   */
  readonly holdsDeletion?: (object: T) => boolean;
  /** What becomes of dependents when the client does not say; Unsupported: nothing, whatever it says. Default: Background. */
  readonly defaultPropagation?: 'Orphan' | 'Background' | 'Unsupported';
  /** What a client is told that deletes an object without saying what becomes of its dependents. */
  readonly deletionWarning?: string;
  /** Why a DELETE of the name is refused before anything else; undefined: it is not. */
  readonly refuseDelete?: (name: string) => string | undefined;
  /** What else an object shows once its deletion has begun and it has to wait for its end. */
  readonly prepareForDelete?: (object: T) => void;
  /** Objects are forgotten this long after they were last written (events). Default: never. */
  readonly ttlSeconds?: number;
  /** A DELETE that ends the object answers the object instead of a Status. Default false. */
  readonly returnDeletedObject?: boolean;
}

/** One served version of a resource. The first in the list is the preferred one. */
export interface ServedVersion {
  readonly version: string;
  /** Name of the schema facts, e.g. 'io.k8s.api.apps.v1.Deployment'. */
  readonly schema: string;
  /** A warning that answers every request of this version (a Warning header), since it is deprecated. */
  readonly deprecationWarning?: string;
  /** Converts in place to and from the storage version; absent where the shapes are the same. */
  readonly toStorage?: (object: KubeObject) => void;
  readonly fromStorage?: (object: KubeObject) => void;
}

export interface ScaleSubresource {
  /** Dotted paths, e.g. 'spec.replicas'. */
  readonly specReplicasPath: string;
  readonly statusReplicasPath: string;
  /** Path of a LabelSelector, or of a map of labels (ReplicationController). */
  readonly selectorPath: string;
}

/**
 * For resources each of whose versions is a definition of its own (custom resources): a write is admitted in the shape
 * of the version that it was sent to, and objects are stored as one version or another had them.
 */
export interface Conversion {
  /** Objects of any version as this one shows them, each the same object where it is that already. */
  show(objects: readonly KubeObject[]): readonly KubeObject[] | Promise<readonly KubeObject[]>;
  /** To show the object, somebody outside is asked, who may say another thing each time. */
  asksFor(object: KubeObject): boolean;
  /** An object of this version as it is stored. */
  store(object: KubeObject): KubeObject | Promise<KubeObject>;
  /** An object of any version as one of this, nothing of it being pruned or defaulted by a schema. */
  convert(object: KubeObject): KubeObject | Promise<KubeObject>;
}

/** A subresource beyond status and scale, as discovery lists it. The API server's own code serves it. */
export interface ExtraSubresource {
  /** The last part of the path, e.g. 'log'. */
  readonly name: string;
  readonly kind: string;
  /** Of the kind, where it is not the resource's own. */
  readonly group?: string;
  readonly version?: string;
  readonly verbs: readonly string[];
}

/** All that the API server must know of a kind. Built-in kinds are written by hand; a CRD compiles to one. */
export interface ResourceDefinition<T extends KubeObject = KubeObject> {
  /** '' is the core group. */
  readonly group: string;
  readonly versions: readonly ServedVersion[];
  /** Versions that an operator may have served beside those (see runtime-config.ts). */
  readonly optionalVersions?: readonly ServedVersion[];
  /** Default: the first of `versions`. */
  readonly storageVersion?: string;
  /** That version, where it may not be among those that are served. */
  readonly storedIn?: ServedVersion;
  readonly kind: string;
  /** The version that upstream stores them in, where that is not ours: discovery's hash is of it. */
  readonly hashedVersion?: string;
  /** Default: kind + 'List'. */
  readonly listKind?: string;
  /** The plural. */
  readonly resource: string;
  readonly singular: string;
  readonly shortNames?: readonly string[];
  readonly categories?: readonly string[];
  readonly namespaced: boolean;
  /** Default: all of create, delete, deletecollection, get, list, patch, update, watch. ['create'] is a virtual resource. */
  readonly verbs?: readonly string[];
  /** /status exists. */
  readonly statusSubresource?: boolean;
  readonly scale?: ScaleSubresource;
  /** Subresources that show no table, as upstream has none of them. */
  readonly withoutTable?: readonly string[];
  readonly extraSubresources?: readonly ExtraSubresource[];
  /**
   * The objects are those of another definition (events.k8s.io serves the core group's events): they live under its
   * key, in its storage version's shape, by its strategy, and `versions` convert to and from that shape. What is validated
   * in that shape is its own.
   */
  readonly storedAs?: { readonly group: string; readonly resource: string };
  /** Upstream stores them as JSON, which keeps empty lists; of other built-in kinds it makes protobuf. */
  readonly storedAsJson?: boolean;
  readonly conversion?: Conversion;
  /** Of a custom resource whose definition is being deleted: discovery offers nothing that makes or changes objects. */
  readonly isTerminating?: boolean;
  readonly strategy: Strategy<T>;
  /** Fields that a field selector may name beyond metadata.name and metadata.namespace, with their values. */
  readonly selectableFields?: Readonly<Record<string, (object: T) => string>>;
  /** What is said of a field that a selector may not name. Default: that it is not supported. */
  readonly unselectable?: (field: string) => string;
  /** What upstream's own type makes of an object that has nothing but metadata: bookmarks show it. */
  readonly fillBookmark?: (object: T) => void;
  readonly columns?: readonly Column[];
  /** Annotations that upstream makes of fields as it shows a version: what shows metadata alone has none. */
  readonly versionedAnnotations?: readonly string[];
  /** The cells of one object, in the order of `columns`; `nowMs` for ages. */
  readonly row?: (object: T, nowMs: number) => readonly unknown[];
  readonly rowConditions?: (object: T) => readonly TableRowCondition[];
  /** The order of a table's rows, where that is not the list's own. */
  readonly rowOrder?: (a: T, b: T) => number;
}

/** Groups whose objects may have any qualified name for a finalizer, as custom resources may. */
const freeFinalizerGroups = [
  'admissionregistration.k8s.io',
  'apiextensions.k8s.io',
  'apiregistration.k8s.io',
  'coordination.k8s.io',
];
/** The older kind of Event, of whose metadata no more is asked than of all objects'. */
function isCoreEvent({ group, kind }: { readonly group: string; readonly kind: string }): boolean {
  return group === '' && kind === 'Event';
}

/** The kind of a list of them. */
export function listKindOf({ kind, listKind }: Pick<ResourceDefinition, 'kind' | 'listKind'>): string {
  return listKind ?? `${kind}List`;
}

/** A built-in kind's definition, typed, with the rules that all built-in kinds share. */
export function defineResource<T extends KubeObject>(definition: ResourceDefinition<T>): ResourceDefinition {
  const { strategy, group } = definition;
  const qualifiedFinalizers = !freeFinalizerGroups.includes(group) && !isCoreEvent(definition);
  return { ...definition, strategy: { ...strategy, qualifiedFinalizers } } as unknown as ResourceDefinition;
}

/** The ref of a definition's version (default: the preferred one). */
export function refOf(
  definition: ResourceDefinition,
  version = definition.versions[0]!.version,
): ResourceRef {
  const { group, resource, kind, namespaced } = definition;
  return { group, version, resource, kind, namespaced };
}
