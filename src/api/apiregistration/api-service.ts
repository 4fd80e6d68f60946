import { append } from '#base/append.ts';
import { age, ageColumn, column, nameColumn } from '../columns.ts';
import { type StrategyContext, defineResource } from '../definition.ts';
import type { APIService, APIServiceSpec } from '../generated/types/apiregistration.v1.ts';
import { type FieldError, FieldPath, fieldError } from '#machinery/field.ts';
import { toRfc3339 } from '#base/clock.ts';
import { checkDns1035Label, checkDns1123Subdomain, checkPortNumber } from '#machinery/names.ts';
import { invalidEach, optionalName } from '../validation.ts';

function availableText(object: APIService): string {
  const condition = (object.status?.conditions ?? []).find(c => c.type === 'Available');
  if (!condition) return 'Unknown';
  if (condition.status === 'True' || !condition.reason) return condition.status;
  return `${condition.status} (${condition.reason})`;
}

function setDefaults({ spec }: APIService): void {
  if (spec?.service) spec.service.port ??= 443;
}

const path = FieldPath.of('spec');
const groupPriorityMax = 20_000;
const versionPriorityMax = 1000;

/** What is served here is available at once; the rest when its service answers. */
function prepareForCreate(object: APIService, { nowMs }: StrategyContext): void {
  object.status = {};
  if (object.spec?.service) return;
  object.status.conditions = [
    {
      type: 'Available',
      status: 'True',
      lastTransitionTime: toRfc3339(nowMs),
      reason: 'Local',
      message: 'Local APIServices are always available',
    },
  ];
}

function validateService(spec: APIServiceSpec): FieldError[] {
  const { service, caBundle, insecureSkipTLSVerify } = spec;
  if (!service) {
    const errors: FieldError[] = [];
    if (caBundle) {
      errors.push(
        fieldError.invalid(
          path.child('caBundle'),
          `${Uint8Array.fromBase64(caBundle).length} bytes`,
          'local APIServices may not have a caBundle',
        ),
      );
    }
    if (insecureSkipTLSVerify) {
      const detail = 'local APIServices may not have insecureSkipTLSVerify';
      errors.push(fieldError.invalid(path.child('insecureSkipTLSVerify'), true, detail));
    }
    return errors;
  }
  const at = path.child('service');
  const messages = checkPortNumber(service.port ?? 0);
  return [
    ...(service.namespace ? [] : [fieldError.required(at.child('namespace'))]),
    ...(service.name ? [] : [fieldError.required(at.child('name'))]),
    ...(messages.length > 0
      ? [fieldError.invalid(at.child('port'), service.port ?? 0, `port is not valid: ${messages.join(', ')}`)]
      : []),
    ...(insecureSkipTLSVerify && caBundle
      ? [
          fieldError.invalid(
            path.child('insecureSkipTLSVerify'),
            true,
            'may not be true if caBundle is present',
          ),
        ]
      : []),
  ];
}

function validate({ metadata, spec }: APIService): FieldError[] {
  const { group = '', version = '', groupPriorityMinimum = 0, versionPriority = 0 } = spec ?? {};
  const name = `${version}.${group}`;
  const errors: FieldError[] = [];
  if (metadata.name && metadata.name !== name) {
    const detail = `must be \`spec.version+"."+spec.group\`: ${JSON.stringify(name)}`;
    errors.push(fieldError.invalid(FieldPath.of('metadata', 'name'), metadata.name, detail));
  }
  if (group === '' && version !== 'v1') {
    const detail = 'only v1 may have an empty group and it better be legacy kube';
    errors.push(fieldError.required(path.child('group'), detail));
  }
  append(errors, optionalName(path.child('group'), group, checkDns1123Subdomain));
  append(errors, invalidEach(path.child('version'), version, checkDns1035Label(version)));
  if (groupPriorityMinimum <= 0 || groupPriorityMinimum > groupPriorityMax) {
    const detail = `must be positive and less than ${groupPriorityMax}`;
    errors.push(fieldError.invalid(path.child('groupPriorityMinimum'), groupPriorityMinimum, detail));
  }
  if (versionPriority <= 0 || versionPriority > versionPriorityMax) {
    const detail = `must be positive and less than ${versionPriorityMax}`;
    errors.push(fieldError.invalid(path.child('versionPriority'), versionPriority, detail));
  }
  return spec ? [...errors, ...validateService(spec)] : errors;
}

const conditionStatuses = ['True', 'False', 'Unknown'];

function validateStatus({ status }: APIService): FieldError[] {
  const conditions = FieldPath.of('status', 'conditions');
  return (status?.conditions ?? []).flatMap(({ status: value }, i) =>
    conditionStatuses.includes(value)
      ? []
      : [fieldError.notSupported(conditions.index(i).child('status'), value, conditionStatuses)],
  );
}

export const apiServiceResource = defineResource<APIService>({
  group: 'apiregistration.k8s.io',
  versions: [{ version: 'v1', schema: 'io.k8s.kube-aggregator.pkg.apis.apiregistration.v1.APIService' }],
  kind: 'APIService',
  resource: 'apiservices',
  singular: 'apiservice',
  categories: ['api-extensions'],
  namespaced: false,
  statusSubresource: true,
  withoutTable: ['status'],
  storedAsJson: true,
  strategy: {
    metadataPasses: { update: ['update', 'create'] },
    statusKeeps: ['labels', 'annotations', 'finalizers', 'ownerReferences'],
    allowUnconditionalUpdate: false,
    generation: false,
    nameRule: 'pathSegment',
    setDefaults,
    prepareForCreate,
    validate,
    validateStatusUpdate: validateStatus,
  },
  columns: [nameColumn, column('Service'), column('Available'), ageColumn],
  row: (object, nowMs) => {
    const service = object.spec?.service;
    return [
      object.metadata.name,
      service ? `${service.namespace ?? ''}/${service.name ?? ''}` : 'Local',
      availableText(object),
      age(object, nowMs),
    ];
  },
});
