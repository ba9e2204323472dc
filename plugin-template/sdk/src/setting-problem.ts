/** A value that is not as its setting declares; the message reads on from the setting's name. */
export class SettingProblem extends Error {
  override readonly name = 'SettingProblem';
}
