// renovate: datasource=crate depName=serde
pub const SERDE: &str = "1.0.203";
