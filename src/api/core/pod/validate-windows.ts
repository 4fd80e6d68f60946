import { type FieldError, type FieldPath, fieldError } from '#machinery/field.ts';
import { checkDns1123Subdomain } from '#machinery/names.ts';
import { utf8Length } from '#machinery/bytes.ts';
import type { PodSpec, WindowsSecurityContextOptions } from '../../generated/types/core.v1.ts';
import { definedName } from '../../validation.ts';
import { containersOf } from './validate-os.ts';

const credentialKibMax = 64;
const domainLengthMax = 256;
const userLengthMax = 104;
const netBiosName = /^[^\\/:*?"<>|.][^\\/:*?"<>|]{0,14}$/;
const dnsLabel = '[a-zA-Z0-9](?:[a-zA-Z0-9-]{0,61}[a-zA-Z0-9])?';
const dnsName = new RegExp(`^${dnsLabel}(?:\\.${dnsLabel})*$`);
const badUserCharacters = /["/\\:;|=,+*?<>@[\]]/;

/** What is wrong with the name of a user, which a domain and a backslash may come before. */
function userNameProblems(name: string): string[] {
  if (name === '') return ['runAsUserName cannot be an empty string'];
  if (/\p{Cc}/u.test(name)) return ['runAsUserName cannot contain control characters'];
  const parts = name.split('\\');
  if (parts.length > 2) return ['runAsUserName cannot contain more than one backslash'];
  const user = parts.at(-1)!;
  const domain = parts.length === 2 ? parts[0]! : undefined;
  return [...(domain === undefined ? [] : domainProblems(domain)), ...userProblems(user)];
}

function domainProblems(domain: string): string[] {
  const problems: string[] = [];
  if (utf8Length(domain) >= domainLengthMax)
    problems.push(`runAsUserName's Domain length must be under ${domainLengthMax} characters`);
  if (!netBiosName.test(domain) && !dnsName.test(domain))
    problems.push("runAsUserName's Domain doesn't match the NetBios nor the DNS format");
  return problems;
}

function userProblems(user: string): string[] {
  const problems: string[] = [];
  if (user === '') problems.push("runAsUserName's User cannot be empty");
  if (utf8Length(user) > userLengthMax)
    problems.push(`runAsUserName's User length must not be longer than ${userLengthMax} characters`);
  if (/^[. ]+$/.test(user)) problems.push("runAsUserName's User cannot contain only periods or spaces");
  if (badUserCharacters.test(user))
    problems.push(`runAsUserName's User cannot contain the following characters: "/\\:;|=,+*?<>@[]`);
  return problems;
}

/** What a pod or a container sets for Windows (KEP-689, KEP-1043). */
export function validateWindowsOptions(
  path: FieldPath,
  options: WindowsSecurityContextOptions | undefined,
): FieldError[] {
  if (!options) return [];
  const { gmsaCredentialSpecName, gmsaCredentialSpec: credential, runAsUserName } = options;
  const errors = definedName(
    path.child('gmsaCredentialSpecName'),
    gmsaCredentialSpecName,
    checkDns1123Subdomain,
  );
  const credentialPath = path.child('gmsaCredentialSpec');
  if (credential === '') {
    errors.push(
      fieldError.invalid(credentialPath, credential, 'gmsaCredentialSpec cannot be an empty string'),
    );
  } else if (credential !== undefined && utf8Length(credential) > credentialKibMax * 1024) {
    const detail = `gmsaCredentialSpec size must be under ${credentialKibMax} KiB`;
    errors.push(fieldError.invalid(credentialPath, credential, detail));
  }
  return [...errors, ...definedName(path.child('runAsUserName'), runAsUserName, userNameProblems)];
}

/** Either all containers are processes of the host, on its network, or none is (KEP-1981). */
export function validateHostProcess(path: FieldPath, spec: PodSpec): FieldError[] {
  const ofPod = spec.securityContext?.windowsOptions?.hostProcess;
  const all = containersOf(path, spec);
  const errors: FieldError[] = [];
  let count = 0;
  for (const [at, { securityContext }] of all) {
    const own = securityContext?.windowsOptions?.hostProcess;
    if (ofPod !== undefined && own !== undefined && own !== ofPod) {
      const detail = `pod hostProcess value must be identical if both are specified, was ${ofPod}`;
      const place = at.child('securityContext', 'windowsOptions', 'hostProcess');
      errors.push(fieldError.invalid(place, own, detail));
    }
    if (own ?? ofPod) count += 1;
  }
  if (count === 0) return errors;
  if (count < all.length) {
    const detail =
      'If pod contains any hostProcess containers then all containers must be HostProcess containers';
    errors.push(fieldError.invalid(path, '', detail));
  }
  if (!spec.hostNetwork) {
    const detail = 'hostNetwork must be true if pod contains any hostProcess containers';
    errors.push(fieldError.invalid(path.child('hostNetwork'), false, detail));
  }
  return errors;
}
