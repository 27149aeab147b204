import { basicJudge } from './basic.testing.js';
import { bearerJudge } from './bearer.testing.js';
import type { Judge } from './judge.testing.js';
import { noneJudge } from './none.testing.js';
import type { AuthenticationKind, AuthenticationSettings } from './registry.js';

type SettingsOf<Kind> = Extract<AuthenticationSettings, { kind: Kind }>;

/** One for each way that there is: the compiler asks for it. */
export const judges: { readonly [Kind in AuthenticationKind]: Judge<SettingsOf<Kind>> } = {
  none: noneJudge,
  basic: basicJudge,
  bearer: bearerJudge,
};
