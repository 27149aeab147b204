import type { Personality } from '../behaviour/personality.js';
import { aws, awsProxy } from './aws.js';
import { azure } from './azure.js';
import { conquest } from './conquest.js';
import { dcm4chee } from './dcm4chee.js';
import { dicomcloud } from './dicomcloud.js';
import { google } from './google.js';
import { kheops } from './kheops.js';
import { o3Dpacs } from './o3-dpacs.js';
import { orthanc } from './orthanc.js';
import { plain } from './plain.js';
import { xnat } from './xnat.js';

const all = [
  plain,
  orthanc,
  dcm4chee,
  google,
  aws,
  awsProxy,
  azure,
  dicomcloud,
  kheops,
  o3Dpacs,
  conquest,
  xnat,
];

/** Every server that can be simulated, by its name on the command line. */
export const personalities: ReadonlyMap<string, Personality> = new Map(all.map((each) => [each.id, each]));
