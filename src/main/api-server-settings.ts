import type { AdmissionSettings } from '#apiserver/admission/registry.ts';

/** What an operator has the API server do otherwise than by default, checked. */
export interface ApiServerSettings {
  readonly admission?: AdmissionSettings;
}
