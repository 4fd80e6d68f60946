import { age, ageColumn, column, nameColumn } from '../columns.ts';
import { defineResource } from '../definition.ts';
import type { FlowSchema } from '../generated/types/flowcontrol.v1.ts';
import { type FieldError, FieldPath, fieldError } from '#machinery/field.ts';
import { startStatus } from '../strategies.ts';
import { optionalOneOf } from '../validation.ts';

function setDefaults({ spec }: FlowSchema): void {
  if (spec) spec.matchingPrecedence ||= 1000;
}

const precedenceMax = 10_000;

function validate({ spec }: FlowSchema): FieldError[] {
  const path = FieldPath.of('spec');
  const precedence = spec?.matchingPrecedence ?? 0;
  const errors: FieldError[] = [];
  if (precedence <= 0) {
    errors.push(fieldError.invalid(path.child('matchingPrecedence'), precedence, 'must be a positive value'));
  }
  if (precedence > precedenceMax) {
    const detail = `must not be greater than ${precedenceMax}`;
    errors.push(fieldError.invalid(path.child('matchingPrecedence'), precedence, detail));
  }
  if (!spec?.priorityLevelConfiguration?.name) {
    errors.push(
      fieldError.required(
        path.child('priorityLevelConfiguration', 'name'),
        'must reference a priority level',
      ),
    );
  }
  return [
    ...errors,
    ...optionalOneOf(path.child('distinguisherMethod', 'type'), spec?.distinguisherMethod?.type, [
      'ByNamespace',
      'ByUser',
    ]),
  ];
}

export const flowSchemaResource = defineResource<FlowSchema>({
  group: 'flowcontrol.apiserver.k8s.io',
  versions: [{ version: 'v1', schema: 'io.k8s.api.flowcontrol.v1.FlowSchema' }],
  kind: 'FlowSchema',
  resource: 'flowschemas',
  singular: 'flowschema',
  namespaced: false,
  statusSubresource: true,
  strategy: {
    allowUnconditionalUpdate: false,
    setDefaults,
    prepareForCreate: startStatus<FlowSchema>({}),
    validate,
  },
  columns: [
    nameColumn,
    column('PriorityLevel'),
    column('MatchingPrecedence'),
    column('DistinguisherMethod'),
    ageColumn,
    column('MissingPL'),
  ],
  row: (object, nowMs) => [
    object.metadata.name,
    object.spec?.priorityLevelConfiguration?.name ?? '',
    object.spec?.matchingPrecedence ?? 0,
    object.spec?.distinguisherMethod?.type ?? '<none>',
    age(object, nowMs),
    (object.status?.conditions ?? []).find(c => c.type === 'Dangling')?.status ?? '?',
  ],
});
