import { z } from 'zod';
import { authSection, httpSection, retrySection } from './http-section.js';
import { qidoSection } from './qido-section.js';
import { stowSection } from './stow-section.js';
import { wadoSection } from './wado-section.js';

const TEMPLATE = /^(\/[A-Za-z0-9][A-Za-z0-9._~-]*|\/\{(study|series|instance)\})+$/u;
const path = (template: string) =>
  z.string().regex(TEMPLATE, 'a path of plain segments and {study}, {series}, {instance}').default(template);

/** Path templates below a root; the placeholders are replaced by checked UIDs. */
const pathsSection = z.strictObject({
  studies: path('/studies'),
  study: path('/studies/{study}'),
  series: path('/studies/{study}/series/{series}'),
  instance: path('/studies/{study}/series/{series}/instances/{instance}'),
  seriesOfStudy: path('/studies/{study}/series'),
  instancesOfStudy: path('/studies/{study}/instances'),
  instancesOfSeries: path('/studies/{study}/series/{series}/instances'),
});

/** One measurement of the profile against a real server. */
const testedSection = z.strictObject({
  product: z.string().min(1),
  version: z.string().min(1),
  date: z.iso.date(),
  by: z.string().min(1).describe('Who measured: a person, a site, or a test of this project.'),
});

/**
 * The compatibility profile: what a vendor’s DICOMweb server supports and how it deviates, as data. Every
 * field has a default: the common denominator that the servers we know share. What is not known says so
 * (`unknown`, null), and `testedWith` is empty until someone measured. Hosts and credentials belong to the
 * node, never here.
 */
export const profileSchema = z.strictObject({
  schemaVersion: z.literal(1).default(1).describe('Version of this schema.'),
  id: z
    .string()
    .regex(/^[a-z0-9-]{1,64}$/u)
    .describe('Name of the profile.'),
  vendor: z.string().default('').describe('Maker of the product.'),
  product: z.string().default('').describe('The product it describes.'),
  rootHint: z.string().default('').describe('How the addresses of such a server usually look, for people.'),
  testedWith: z.array(testedSection).default([]).describe('Where it was measured; empty when it was not.'),
  notes: z.array(z.string()).default([]).describe('What a person should know and no field says.'),
  http: httpSection.prefault({}),
  auth: authSection.prefault({}),
  retry: retrySection.prefault({}),
  paths: pathsSection.prefault({}),
  qido: qidoSection.prefault({}),
  wado: wadoSection.prefault({}),
  stow: stowSection.prefault({}),
  settleSeconds: z
    .int()
    .min(0)
    .default(60)
    .describe('How long a study should stand still before it may be complete.'),
  changes: z
    .enum([
      'none',
      'orthanc-changes',
      'azure-change-feed',
      'google-pubsub',
      'aws-eventbridge',
      'ups-websocket',
      'webhook',
      'unknown',
    ])
    .default('unknown')
    .describe('How the server could tell of new studies, beside polling.'),
});

/** A complete profile, every default filled in. */
export type Profile = z.infer<typeof profileSchema>;

/** What a built-in file or a site states: any part of a profile. */
export type ProfileOverrides = DeepPartial<Profile>;

type DeepPartial<T> = T extends readonly unknown[]
  ? T
  : T extends object
    ? { [K in keyof T]?: DeepPartial<T[K]> }
    : T;
