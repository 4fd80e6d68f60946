import { asInternal } from '../internal-type.ts';
import { append } from '#base/append.ts';
import { compareStrings } from '#machinery/bytes.ts';
import { age, ageColumn, column, nameColumn } from '../columns.ts';
import { defineResource } from '../definition.ts';
import type { FlowSchema } from '../generated/types/flowcontrol.v1.ts';
import { type FieldError, FieldPath, fieldError } from '#machinery/field.ts';
import { startStatus } from '../strategies.ts';
import { deepEqual } from '#base/equal.ts';
import { checkDns1123Subdomain } from '#machinery/names.ts';
import { invalidEach } from '../validation.ts';
import { mandatorySchemas } from '../flow-control-defaults.ts';
import { validateFlowConditions, validateRule } from '../flow-control-rules.ts';

function setDefaults({ spec }: FlowSchema): void {
  if (spec) spec.matchingPrecedence ||= 1000;
}

const precedenceMax = 10_000;
const methods = ['ByNamespace', 'ByUser'];

function validate({ metadata, spec }: FlowSchema): FieldError[] {
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
  if (precedence === 1 && metadata.name !== 'exempt') {
    const detail = "only the schema named 'exempt' may have matchingPrecedence 1";
    errors.push(fieldError.invalid(path.child('matchingPrecedence'), precedence, detail));
  }
  const method = spec?.distinguisherMethod;
  if (method && !methods.includes(method.type)) {
    const at = path.child('distinguisherMethod', 'type');
    errors.push(fieldError.notSupported(at, { Type: method.type }, methods));
  }
  const level = spec?.priorityLevelConfiguration?.name;
  const levelPath = path.child('priorityLevelConfiguration', 'name');
  if (level) append(errors, invalidEach(levelPath, level, checkDns1123Subdomain(level)));
  else errors.push(fieldError.required(levelPath, 'must reference a priority level'));
  append(
    errors,
    (spec?.rules ?? []).flatMap((rule, i) => validateRule(rule, path.child('rules').index(i))),
  );
  const fixed = mandatorySchemas.find(mandatory => mandatory.metadata.name === metadata.name);
  if (fixed && !deepEqual(spec, fixed.spec)) {
    const shown = asInternal('flowcontrol.FlowSchemaSpec', spec);
    errors.push(fieldError.invalid(path, shown, `spec of '${metadata.name}' must equal the fixed value`));
  }
  return errors;
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
    metadataPasses: { update: ['create'], status: [] },
    statusKeeps: 'metadata',
    setDefaults,
    prepareForCreate: startStatus<FlowSchema>({}),
    validate,
    validateStatusUpdate: ({ status }) => validateFlowConditions(status),
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
  rowOrder: (a, b) =>
    (a.spec?.matchingPrecedence ?? 0) - (b.spec?.matchingPrecedence ?? 0) ||
    compareStrings(a.metadata.name!, b.metadata.name!),
});
