/** The largest limit on open prompts that a setting allows. A handset shows this many. */
export const maxOpenPrompts = 50;
