import { age, ageColumn, column, nameColumn } from '../columns.ts';
import { defineResource } from '../definition.ts';
import type { PriorityLevelConfiguration } from '../generated/types/flowcontrol.v1.ts';
import { type FieldError, FieldPath, fieldError } from '#machinery/field.ts';
import { startStatus } from '../strategies.ts';
import { requiredOneOf } from '../validation.ts';

function setDefaults({ spec }: PriorityLevelConfiguration): void {
  if (spec?.exempt) {
    spec.exempt.nominalConcurrencyShares ??= 0;
    spec.exempt.lendablePercent ??= 0;
  }
  if (!spec?.limited) return;
  spec.limited.nominalConcurrencyShares ??= 30;
  spec.limited.lendablePercent ??= 0;
  const queuing = spec.limited.limitResponse?.queuing;
  if (!queuing) return;
  queuing.queues ||= 64;
  queuing.handSize ||= 8;
  queuing.queueLengthLimit ||= 50;
}

function validate({ spec }: PriorityLevelConfiguration): FieldError[] {
  const path = FieldPath.of('spec');
  const errors = requiredOneOf(path.child('type'), spec?.type, ['Exempt', 'Limited']);
  if (spec?.type === 'Exempt' && spec.limited) {
    errors.push(fieldError.forbidden(path.child('limited'), 'must be nil if the type is not Limited'));
  }
  if (spec?.type !== 'Limited') return errors;
  if (spec.exempt)
    errors.push(fieldError.forbidden(path.child('exempt'), 'must be nil if the type is Limited'));
  if (!spec.limited) {
    return [...errors, fieldError.required(path.child('limited'), 'must not be empty when type is Limited')];
  }
  const at = path.child('limited');
  const { nominalConcurrencyShares: shares = 0, limitResponse } = spec.limited;
  if (shares < 0) {
    errors.push(
      fieldError.invalid(at.child('nominalConcurrencyShares'), shares, 'must be a non-negative integer'),
    );
  }
  errors.push(...requiredOneOf(at.child('limitResponse', 'type'), limitResponse?.type, ['Queue', 'Reject']));
  if (limitResponse?.type === 'Reject' && limitResponse.queuing) {
    const detail = 'must be nil if limited.limitResponse.type is not Limited';
    errors.push(fieldError.forbidden(at.child('limitResponse', 'queuing'), detail));
  }
  if (limitResponse?.type === 'Queue' && !limitResponse.queuing) {
    const detail = 'must not be empty if limited.limitResponse.type is Limited';
    errors.push(fieldError.required(at.child('limitResponse', 'queuing'), detail));
  }
  return errors;
}

export const priorityLevelConfigurationResource = defineResource<PriorityLevelConfiguration>({
  group: 'flowcontrol.apiserver.k8s.io',
  versions: [{ version: 'v1', schema: 'io.k8s.api.flowcontrol.v1.PriorityLevelConfiguration' }],
  kind: 'PriorityLevelConfiguration',
  resource: 'prioritylevelconfigurations',
  singular: 'prioritylevelconfiguration',
  namespaced: false,
  statusSubresource: true,
  strategy: {
    allowUnconditionalUpdate: false,
    setDefaults,
    prepareForCreate: startStatus<PriorityLevelConfiguration>({}),
    validate,
  },
  columns: [
    nameColumn,
    column('Type'),
    column('NominalConcurrencyShares'),
    column('Queues'),
    column('HandSize'),
    column('QueueLengthLimit'),
    ageColumn,
  ],
  row: (object, nowMs) => {
    const limited = object.spec?.limited;
    const queuing = limited?.limitResponse?.queuing;
    return [
      object.metadata.name,
      object.spec?.type ?? '',
      limited ? (limited.nominalConcurrencyShares ?? 0) : '<none>',
      queuing?.queues ?? '<none>',
      queuing?.handSize ?? '<none>',
      queuing?.queueLengthLimit ?? '<none>',
      age(object, nowMs),
    ];
  },
});
