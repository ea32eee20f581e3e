//! The JSON Schema of rule files, for editors: from the relations of a book.

use serde_json::{Map, Value, json};

use super::parse::{FACT_KEYS, FINDING_KEYS};
use super::{Book, Severity};
use crate::fact::{Relation, Type};

/// The schema of a rule file's documents. It knows the relations of `book`, so that an editor offers
/// their columns; what it cannot say (that variables are bound, that links resolve) the loader says.
pub fn schema(book: &Book) -> Value {
    let mut relations: Map<String, Value> = book
        .catalog
        .all()
        .filter(|(_, relation)| !relation.name.contains(' ') && relation.name != "object")
        .map(|(_, relation)| (relation.name.to_string(), columns(relation)))
        .collect();
    relations.insert("object".to_string(), json!({
        "type": "object",
        "description": "Any field of objects of one kind, by path, such as `spec.ports[*].port`.",
        "required": ["kind"],
        "properties": {"kind": {"type": "string"}},
        "additionalProperties": {"$ref": "#/$defs/pattern"},
    }));
    let query =
        json!({"type": "object", "minProperties": 1, "maxProperties": 1, "properties": relations});
    let mut step = relations;
    step.insert(
        "none".to_string(),
        json!({"$ref": "#/$defs/query", "description": "There is no such row."}),
    );
    step.insert(
        "count".to_string(),
        json!({"$ref": "#/$defs/query", "description": "There are so many such rows."}),
    );
    step.insert("check".to_string(), json!({
        "type": "string",
        "description": "A comparison: `$a != $b`, `$a in 10.0.0.0/8`, `$t within 5m of $u`, `$q < 100Mi as quantity`.",
    }));
    step.insert("at_least".to_string(), json!({"type": "integer", "minimum": 0}));
    step.insert("at_most".to_string(), json!({"type": "integer", "minimum": 0}));
    step.insert(
        "of".to_string(),
        json!({"type": "string", "description": "Count different values of this variable."}),
    );
    step.insert(
        "unknown".to_string(),
        json!({"const": "absent", "description": "What was not captured counts as absent for this step."}),
    );
    step.insert(
        "note".to_string(),
        json!({"type": "string", "description": "What the step's evidence is, in words."}),
    );
    let severities: Vec<&str> = Severity::ALL.iter().map(|severity| severity.name()).collect();
    json!({
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": "unready/rule/v1",
        "title": "A rule of unready",
        "oneOf": [{"$ref": "#/$defs/finding"}, {"$ref": "#/$defs/fact"}],
        "$defs": {
            "finding": rule(&FINDING_KEYS, &["id", "title", "severity", "when", "about"], &json!({
                "id": {"type": "string", "pattern": "^[a-z0-9-]+$", "description": "States the fault; also the file's name."},
                "title": {"type": "string", "description": "The fault in one line, with $variables."},
                "severity": {"enum": severities},
                "symptom": {"type": "boolean", "description": "Something that is seen and has its cause elsewhere."},
                "when": {"$ref": "#/$defs/steps"},
                "about": {
                    "type": "object",
                    "description": "The object to repair, or, for a symptom, the one that suffers.",
                    "required": ["kind", "name"],
                    "properties": {"kind": {"type": "string"}, "namespace": {"type": "string"}, "name": {"type": "string"}},
                    "additionalProperties": false,
                },
                "explains": {
                    "type": "array",
                    "description": "Findings of other rules that follow: `- rule-id: {its variable: $mine}`.",
                    "items": {"type": "object", "minProperties": 1, "maxProperties": 1, "additionalProperties": {"type": "object"}},
                },
                "fix": {"type": "string", "description": "What to do, with commands and $variables; `$$` is a dollar."},
                "references": {"type": "array", "items": {"type": "string", "pattern": "^https://"}},
            })),
            "fact": rule(&FACT_KEYS, &["fact", "when", "give"], &json!({
                "id": {"type": "string", "pattern": "^[a-z0-9-]+$"},
                "fact": {"type": "string", "pattern": "^[a-z0-9_]+$", "description": "The relation that the rule derives."},
                "doc": {"type": "string", "description": "What a row of it says."},
                "when": {"$ref": "#/$defs/steps"},
                "give": {"type": "object", "description": "Its columns.", "additionalProperties": {"type": ["string", "integer", "boolean"]}},
            })),
            "steps": {"type": "array", "minItems": 1, "items": {"$ref": "#/$defs/step"}},
            "step": {"type": "object", "properties": step, "additionalProperties": {"type": "object"}},
            "query": query,
            "pattern": {
                "description": "A value, `$variable`, `$_` for any, `/regular expression/` whose named groups are variables, null for none, or a list of values.",
                "type": ["string", "integer", "number", "boolean", "null", "array"],
            },
        },
    })
}

fn rule(keys: &[&str], required: &[&str], properties: &Value) -> Value {
    debug_assert!(keys.iter().all(|key| properties.get(key).is_some()), "every key is described");
    json!({"type": "object", "required": required, "properties": properties, "additionalProperties": false})
}

fn columns(relation: &Relation) -> Value {
    let column = |as_type: Type, doc: &str| {
        let doc = format!("{doc} ({})", as_type.name());
        json!({"$ref": "#/$defs/pattern", "description": doc.trim()})
    };
    let properties: Map<String, Value> =
        relation.columns.iter().map(|c| (c.name.to_string(), column(c.as_type, &c.doc))).collect();
    json!({
        "type": "object",
        "description": relation.doc,
        "properties": properties,
        "additionalProperties": false,
    })
}
