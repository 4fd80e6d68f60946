import { age, ageColumn, column, nameColumn } from '../columns.ts';
import { type StrategyContext, defineResource } from '../definition.ts';
import type { Namespace } from '../generated/types/core.v1.ts';
import { type FieldError, FieldPath, fieldError } from '#machinery/field.ts';
import { sorted } from '#machinery/go-json.ts';
import { checkQualifiedName } from '#machinery/names.ts';
import { invalidEach } from '../validation.ts';

export const nameLabel = 'kubernetes.io/metadata.name';

type Labels = Record<string, string>;

function setDefaults(object: Namespace): void {
  labelByName(object);
  object.status ??= {};
  object.status.phase ||= 'Active';
}

/** Whoever has no name yet may get one, or is refused for that. */
function labelByName({ metadata }: Namespace): void {
  if (metadata.name) metadata.labels = sorted({ ...metadata.labels, [nameLabel]: metadata.name }) as Labels;
}

const finalizer = 'kubernetes';
const standardFinalizers = [finalizer, 'orphan', 'foregroundDeletion'];

function prepareForCreate(object: Namespace): void {
  // A generated name was not known to the defaults.
  labelByName(object);
  object.status = { phase: 'Active' };
  const finalizers = object.spec?.finalizers ?? [];
  object.spec = { finalizers: finalizers.includes(finalizer) ? finalizers : [...finalizers, finalizer] };
}

/** An update can only be one of /finalize, whose errors have the place of each name. */
function validate(object: Namespace, _context: StrategyContext, old?: Namespace): FieldError[] {
  const list = FieldPath.of('spec', 'finalizers');
  return (object.spec?.finalizers ?? []).flatMap((name, i) => {
    const path = old ? list.index(i) : list;
    const errors = invalidEach(path, name, checkQualifiedName(name));
    if (!name.includes('/') && !standardFinalizers.includes(name)) {
      const detail = 'name is neither a standard finalizer name nor is it fully qualified';
      errors.push(fieldError.invalid(path, name, detail));
    }
    return errors;
  });
}

function validateStatusUpdate({ metadata, status }: Namespace): FieldError[] {
  const phase = status?.phase ?? '';
  const path = FieldPath.of('status', 'Phase');
  if (!metadata.deletionTimestamp) {
    if (phase === 'Active') return [];
    return [fieldError.invalid(path, phase, "may only be 'Active' if `deletionTimestamp` is empty")];
  }
  if (phase === 'Terminating') return [];
  return [fieldError.invalid(path, phase, "may only be 'Terminating' if `deletionTimestamp` is not empty")];
}

export const namespaceResource = defineResource<Namespace>({
  group: '',
  versions: [{ version: 'v1', schema: 'io.k8s.api.core.v1.Namespace' }],
  kind: 'Namespace',
  resource: 'namespaces',
  singular: 'namespace',
  shortNames: ['ns'],
  namespaced: false,
  verbs: ['create', 'delete', 'get', 'list', 'patch', 'update', 'watch'],
  statusSubresource: true,
  extraSubresources: [{ name: 'finalize', kind: 'Namespace', verbs: ['update'] }],
  strategy: {
    metadataPasses: { update: ['create', 'update'] },
    nameRule: 'dns1123Label',
    generation: false,
    setDefaults,
    prepareForCreate,
    prepareForUpdate: (object, old, { subresource }) => {
      if (subresource !== 'finalize') object.spec = structuredClone(old.spec);
    },
    validate,
    validateStatusUpdate,
    prepareForDelete: object => {
      object.status = { ...object.status, phase: 'Terminating' };
    },
    returnDeletedObject: true,
    holdsDeletion: object => (object.spec?.finalizers?.length ?? 0) > 0,
  },
  selectableFields: {
    'status.phase': object => object.status?.phase ?? '',
  },
  columns: [nameColumn, column('Status'), ageColumn],
  row: (object, nowMs) => [object.metadata.name, object.status?.phase ?? '', age(object, nowMs)],
});
