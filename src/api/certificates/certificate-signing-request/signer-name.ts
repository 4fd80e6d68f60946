import { append } from '#base/append.ts';
import { type FieldError, type FieldPath, fieldError } from '#machinery/field.ts';
import { checkDns1123Label, checkDns1123Subdomain } from '#machinery/names.ts';
import { invalidEach } from '../../validation.ts';

/** A domain (253), '/', a namespace (63), '.', and a name (253). */
const lengthMax = 571;
const domainLengthMax = 253;

/** The name of whoever signs certificates: 'example.com/signer-name'. */
export function validateSignerName(path: FieldPath, name: string): FieldError[] {
  if (name === '') return [fieldError.required(path)];
  const [domain = '', signer = '', ...more] = name.split('/');
  if (!name.includes('/') || more.length > 0) {
    const detail = "must be a fully qualified domain and path of the form 'example.com/signer-name'";
    return [fieldError.invalid(path, name, detail)];
  }
  const errors = domain.length > domainLengthMax ? [fieldError.tooLong(path, domainLengthMax)] : [];
  const labels = domain.split('.');
  if (labels.length < 2) {
    const detail = 'should be a domain with at least two segments separated by dots';
    return [...errors, fieldError.invalid(path, domain, detail)];
  }
  for (const label of labels) {
    const messages = checkDns1123Label(label).map(m => `validating label ${JSON.stringify(label)}: ${m}`);
    append(errors, invalidEach(path, domain, messages));
  }
  append(
    errors,
    checkDns1123Subdomain(signer).map(m =>
      fieldError.invalid(path, signer, `validating label ${JSON.stringify(signer)}: ${m}`),
    ),
  );
  return name.length > lengthMax ? [...errors, fieldError.tooLong(path, lengthMax)] : errors;
}
