xtest("a gateway, asked, answers", () => {});
