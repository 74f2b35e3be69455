/** The owner of the sandbox's own applications. In a file of its own, because code that reads no secrets needs it too. */
export const sandboxDeveloper = { email: "developer@sandbox.invalid", name: "Sandbox developer" };
