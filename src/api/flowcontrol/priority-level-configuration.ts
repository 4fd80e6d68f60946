import { asInternal } from '../internal-type.ts';
import { append } from '#base/append.ts';
import { age, ageColumn, column, nameColumn } from '../columns.ts';
import { defineResource } from '../definition.ts';
import { deepEqual } from '#base/equal.ts';
import type {
  ExemptPriorityLevelConfiguration,
  LimitedPriorityLevelConfiguration,
  PriorityLevelConfiguration,
  PriorityLevelConfigurationSpec,
  QueuingConfiguration,
} from '../generated/types/flowcontrol.v1.ts';
import { validateFlowConditions } from '../flow-control-rules.ts';
import { type FieldError, FieldPath, fieldError } from '#machinery/field.ts';
import { startStatus } from '../strategies.ts';
import { mandatoryLevels } from '../flow-control-defaults.ts';

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

const queuesMax = 10_000_000;
const entropyBitsMax = 60;

function validate({ metadata, spec }: PriorityLevelConfiguration): FieldError[] {
  const path = FieldPath.of('spec');
  const errors: FieldError[] = [];
  if ((metadata.name === 'exempt') !== (spec?.type === 'Exempt')) {
    const detail = "must be 'Exempt' if and only if `name` is 'exempt'";
    errors.push(fieldError.invalid(path.child('type'), spec?.type ?? '', detail));
  }
  append(errors, validateSpec(spec, path));
  const fixed = mandatoryLevels.find(mandatory => mandatory.metadata.name === metadata.name);
  if (fixed && !deepEqual({ ...spec, exempt: undefined }, { ...fixed.spec, exempt: undefined })) {
    const which = metadata.name === 'exempt' ? " except the 'spec.exempt' field" : '';
    const detail = `spec of '${metadata.name}'${which} must equal the fixed value`;
    const shown = asInternal('flowcontrol.PriorityLevelConfigurationSpec', spec);
    errors.push(fieldError.invalid(path, shown, detail));
  }
  return errors;
}

function validateSpec(spec: PriorityLevelConfigurationSpec | undefined, path: FieldPath): FieldError[] {
  if (spec?.type === 'Exempt') {
    const errors = spec.exempt ? validateShares(spec.exempt, path.child('exempt')) : [];
    if (!spec.limited) return errors;
    return [...errors, fieldError.forbidden(path.child('limited'), 'must be nil if the type is not Limited')];
  }
  if (spec?.type !== 'Limited') {
    return [fieldError.notSupported(path.child('type'), spec?.type ?? '', ['Exempt', 'Limited'])];
  }
  const errors = spec.exempt
    ? [fieldError.forbidden(path.child('exempt'), 'must be nil if the type is Limited')]
    : [];
  if (!spec.limited)
    return [...errors, fieldError.required(path.child('limited'), 'must not be empty when type is Limited')];
  return [...errors, ...validateLimited(spec.limited, path.child('limited'))];
}

/** What both types of levels have. */
function validateShares(
  { nominalConcurrencyShares: shares = 0, lendablePercent = 0 }: ExemptPriorityLevelConfiguration,
  path: FieldPath,
): FieldError[] {
  const errors: FieldError[] = [];
  if (shares < 0) {
    const detail = 'must be a non-negative integer';
    errors.push(fieldError.invalid(path.child('nominalConcurrencyShares'), shares, detail));
  }
  if (lendablePercent < 0 || lendablePercent > 100) {
    const detail = 'must be between 0 and 100, inclusive';
    errors.push(fieldError.invalid(path.child('lendablePercent'), lendablePercent, detail));
  }
  return errors;
}

function validateLimited(limited: LimitedPriorityLevelConfiguration, path: FieldPath): FieldError[] {
  const errors = validateShares(limited, path);
  const { borrowingLimitPercent: borrowing } = limited;
  if (borrowing != null && borrowing < 0) {
    const detail = 'if specified, must be a non-negative integer';
    errors.push(fieldError.invalid(path.child('borrowingLimitPercent'), borrowing, detail));
  }
  const { type, queuing } = limited.limitResponse ?? {};
  const at = path.child('limitResponse');
  if (type !== 'Queue' && type !== 'Reject') {
    errors.push(fieldError.notSupported(at.child('type'), type ?? '', ['Queue', 'Reject']));
  } else if (type === 'Reject' && queuing) {
    const detail = 'must be nil if limited.limitResponse.type is not Limited';
    errors.push(fieldError.forbidden(at.child('queuing'), detail));
  } else if (type === 'Queue' && !queuing) {
    const detail = 'must not be empty if limited.limitResponse.type is Limited';
    errors.push(fieldError.required(at.child('queuing'), detail));
  } else if (queuing) append(errors, validateQueuing(queuing, at.child('queuing')));
  return errors;
}

function validateQueuing(
  { queues = 0, handSize = 0, queueLengthLimit = 0 }: QueuingConfiguration,
  path: FieldPath,
): FieldError[] {
  const errors: FieldError[] = [];
  const refuse = (field: string, value: number, detail: string) =>
    void errors.push(fieldError.invalid(path.child(field), value, detail));
  if (queueLengthLimit <= 0) refuse('queueLengthLimit', queueLengthLimit, 'must be positive');
  if (queues <= 0) refuse('queues', queues, 'must be positive');
  else if (queues > queuesMax) refuse('queues', queues, `must not be greater than ${queuesMax}`);
  const bits = Math.ceil(handSize * Math.log2(queues));
  if (handSize <= 0) refuse('handSize', handSize, 'must be positive');
  else if (handSize > queues) refuse('handSize', handSize, `should not be greater than queues (${queues})`);
  else if (bits > entropyBitsMax) {
    const sizes = `deckSize ${queues} and handSize ${handSize}`;
    refuse(
      'handSize',
      handSize,
      `required entropy bits of ${sizes} should not be greater than ${entropyBitsMax}`,
    );
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
    metadataPasses: { update: ['create'], status: [] },
    statusKeeps: 'metadata',
    setDefaults,
    prepareForCreate: startStatus<PriorityLevelConfiguration>({}),
    validate,
    validateStatusUpdate: ({ status }) => validateFlowConditions(status),
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
