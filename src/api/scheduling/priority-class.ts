import { table } from '#base/members.ts';
import { age, ageColumn, column, nameColumn } from '../columns.ts';
import { type StrategyContext, defineResource } from '../definition.ts';
import type { PriorityClass } from '../generated/types/scheduling.v1.ts';
import { type FieldError, FieldPath, fieldError } from '#machinery/field.ts';
import { immutable, requiredOneOf } from '../validation.ts';

function setDefaults(object: PriorityClass): void {
  object.preemptionPolicy ??= 'PreemptLowerPriority';
}

const userPriorityMax = 1_000_000_000;
const systemPrefix = 'system-';
const systemClasses = table<number>({
  'system-cluster-critical': 2_000_000_000,
  'system-node-critical': 2_000_001_000,
});

function validate(
  { metadata, value, globalDefault, preemptionPolicy }: PriorityClass,
  _context: StrategyContext,
  old?: PriorityClass,
): FieldError[] {
  const name = metadata.name ?? '';
  const errors: FieldError[] = [];
  // What may be created is no question of what may become of it.
  if (old) return errors;
  if (name.startsWith(systemPrefix)) {
    const isKnown = systemClasses[name] === (value ?? 0) && !globalDefault;
    if (!isKnown) {
      const why =
        name in systemClasses
          ? `value of ${name} PriorityClass must be ${systemClasses[name]}`
          : `${name} is not a known system priority class`;
      const detail = `priority class names with '${systemPrefix}' prefix are reserved for system use only. error: ${why}`;
      errors.push(fieldError.forbidden(FieldPath.of('metadata', 'name'), detail));
    }
  } else if ((value ?? 0) > userPriorityMax) {
    const detail = `maximum allowed value of a user defined priority is ${userPriorityMax}`;
    errors.push(fieldError.forbidden('value', detail));
  }
  return [
    ...errors,
    ...requiredOneOf(FieldPath.of('preemptionPolicy'), preemptionPolicy, ['PreemptLowerPriority', 'Never']),
  ];
}

function validateUpdate(object: PriorityClass, old: PriorityClass): FieldError[] {
  return [
    ...((object.value ?? 0) === (old.value ?? 0)
      ? []
      : [fieldError.forbidden('value', 'may not be changed in an update.')]),
    ...immutable(FieldPath.of('preemptionPolicy'), object.preemptionPolicy, old.preemptionPolicy),
  ];
}

function refuseDelete(name: string): string | undefined {
  return name in systemClasses ? 'this is a system priority class and cannot be deleted' : undefined;
}

export const priorityClassResource = defineResource<PriorityClass>({
  group: 'scheduling.k8s.io',
  versions: [{ version: 'v1', schema: 'io.k8s.api.scheduling.v1.PriorityClass' }],
  kind: 'PriorityClass',
  resource: 'priorityclasses',
  singular: 'priorityclass',
  shortNames: ['pc'],
  namespaced: false,
  strategy: { generation: 'first', setDefaults, validate, validateUpdate, refuseDelete },
  columns: [
    nameColumn,
    column('Value', 'integer'),
    column('Global-Default', 'boolean'),
    ageColumn,
    column('PreemptionPolicy'),
  ],
  row: (object, nowMs) => [
    object.metadata.name,
    object.value,
    object.globalDefault ?? false,
    age(object, nowMs),
    object.preemptionPolicy ?? '',
  ],
});
