import { append } from '#base/append.ts';
import { age, ageColumn, column, nameColumn } from '../columns.ts';
import { type StrategyContext, defineResource } from '../definition.ts';
import type { IngressClass } from '../generated/types/networking.v1.ts';
import { type FieldError, FieldPath, fieldError } from '#machinery/field.ts';
import { checkDns1123Label, checkDomainPrefixedPath } from '#machinery/names.ts';
import {
  definedName,
  immutable,
  optionalName,
  requiredOneOf,
  validateTypedReference,
} from '../validation.ts';

function parametersText(object: IngressClass): string {
  const parameters = object.spec?.parameters;
  if (!parameters) return '<none>';
  const group = parameters.apiGroup === undefined ? '' : `.${parameters.apiGroup}`;
  return `${parameters.kind}${group}/${parameters.name}`;
}

function setDefaults({ spec }: IngressClass): void {
  if (spec?.parameters) spec.parameters.scope ??= 'Cluster';
}

const controllerLengthMax = 250;

function validate({ spec }: IngressClass, _context: StrategyContext, old?: IngressClass): FieldError[] {
  const path = FieldPath.of('spec');
  const controller = spec?.controller ?? '';
  const at = path.child('controller');
  const errors = old ? immutable(at, controller, old.spec?.controller ?? '') : [];
  if (controller === '') errors.push(fieldError.required(at));
  else if (controller.length > controllerLengthMax) errors.push(fieldError.tooLong(at, controllerLengthMax));
  append(errors, optionalName(at, controller, checkDomainPrefixedPath));
  if (!spec?.parameters) return errors;
  const { namespace, scope } = spec.parameters;
  const parametersPath = path.child('parameters');
  append(
    errors,
    validateTypedReference(parametersPath, spec.parameters, () => ''),
  );
  append(errors, requiredOneOf(parametersPath.child('scope'), scope, ['Cluster', 'Namespace']));
  if (scope === 'Namespace' && namespace === undefined) {
    const detail = "`parameters.scope` is set to 'Namespace'";
    errors.push(fieldError.required(parametersPath.child('namespace'), detail));
  }
  if (scope === 'Namespace')
    append(errors, definedName(parametersPath.child('namespace'), namespace, checkDns1123Label));
  if (scope === 'Cluster' && namespace !== undefined) {
    const detail = "`parameters.scope` is set to 'Cluster'";
    errors.push(fieldError.forbidden(parametersPath.child('namespace'), detail));
  }
  return errors;
}

export const ingressClassResource = defineResource<IngressClass>({
  group: 'networking.k8s.io',
  versions: [{ version: 'v1', schema: 'io.k8s.api.networking.v1.IngressClass' }],
  kind: 'IngressClass',
  resource: 'ingressclasses',
  singular: 'ingressclass',
  namespaced: false,
  strategy: {
    metadataPasses: { update: ['update', 'create'] },
    generation: true,
    setDefaults,
    validate,
  },
  columns: [nameColumn, column('Controller'), column('Parameters'), ageColumn],
  row: (object, nowMs) => [
    object.metadata.name,
    object.spec?.controller ?? '',
    parametersText(object),
    age(object, nowMs),
  ],
});
