"""Who watches: licences, projects, assessments, interventions."""
